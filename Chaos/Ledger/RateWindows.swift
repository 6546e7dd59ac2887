/// Whether receivers that asked to be left alone were.
struct RateWindows: Sendable {
    private struct Window {
        let receiver: Receiver
        let from: Int64
        let until: Int64
        var calls: [Int64] = []
    }

    /// What was on its way when the answer was given arrives within this time.
    static let inFlight: Int64 = 500
    /// A sender that ends sooner after the answer may have taken it with it.
    static let telling: Int64 = 1_000
    private static let mostCalls = 20

    private var windows: [Window] = []
    private var open: [Receiver: Int] = [:]

    private(set) var violations = ViolationLog()
    /// Windows in which a fault hit the only one who knew of them.
    private(set) var excused = 0

    var count: Int { windows.count }

    /// A receiver is called.
    ///
    /// - Returns: For how many ms more it wants to be left alone; nil where it does not.
    mutating func called(_ receiver: Receiver, at now: Int64) -> Int64? {
        guard let index = open[receiver] else { return nil }
        guard now < windows[index].until else {
            open[receiver] = nil
            return nil
        }
        if now > windows[index].from + Self.inFlight, windows[index].calls.count < Self.mostCalls {
            windows[index].calls.append(now)
        }
        return windows[index].until - now
    }

    /// A receiver has answered 429.
    mutating func limited(_ receiver: Receiver, at now: Int64, for milliseconds: Int64) {
        open[receiver] = windows.count
        windows.append(Window(receiver: receiver, from: now, until: now + milliseconds))
    }

    /// Judges the calls, knowing when senders or the broker were hit.
    ///
    /// - Parameters:
    ///   - faults: When a sender or the broker was away, from its end or stop on.
    ///   - resumed: When senders went on after a stop, with what they had in hand before.
    mutating func settle(faults: [ClosedRange<Int64>], resumed: [Int64]) {
        for window in windows where !window.calls.isEmpty {
            let known = window.from...(window.from + Self.telling)
            if faults.contains(where: { $0.overlaps(known) }) {
                excused += 1
                continue
            }
            for call in window.calls where !resumed.contains(where: { (0...Self.telling).contains(call - $0) }) {
                violations.add(
                    .calledInsideWindow,
                    "\(window.receiver), \(call - window.from) ms after it asked for \(window.until - window.from) ms"
                )
            }
        }
    }
}
