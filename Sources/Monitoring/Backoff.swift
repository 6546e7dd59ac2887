/// Growing pauses between tries at something that is away, with jitter so that many processes don't return at once.
package struct Backoff: Sendable {
    private let first: Duration
    private let longest: Duration
    private var tries = 0

    /// Pauses grow from `first` by two up to `longest`.
    package init(first: Duration = .milliseconds(100), longest: Duration = .seconds(1)) {
        self.first = first
        self.longest = longest
    }

    /// The pause before the next try: between half and the whole of the step.
    package mutating func next() -> Duration {
        let step = min(first * (1 << min(tries, 16)), longest)
        tries += 1
        return step / 2 + .milliseconds(Int64.random(in: 0...max(step.milliseconds / 2, 0)))
    }

    /// Begins anew after a success.
    package mutating func reset() {
        tries = 0
    }
}
