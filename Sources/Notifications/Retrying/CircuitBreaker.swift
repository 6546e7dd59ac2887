package import Monitoring

/// Keeps a channel that mostly fails from being tried by every delivery.
///
/// It opens when most of at least ten attempts in five minutes failed, lets one probe through after a while, and closes
/// when that succeeds.
package struct CircuitBreaker: Sendable, Equatable {
    /// How many attempts may run.
    package enum Allowance: Sendable, Equatable {
        case all
        case oneProbe
        /// None before a moment.
        case none(until: Timestamp)
    }

    private struct Bucket: Equatable {
        /// The number of the half minute since 1970.
        var number: Int64
        var attempts = 0
        var failures = 0
    }

    private static let bucketLength: Int64 = 30_000
    private static let window: Int64 = 10
    private static let fewest = 10
    private static let firstPause = Duration.seconds(30)
    private static let longestPause = Duration.seconds(300)

    private var buckets: [Bucket] = []
    private var opensUntil: Timestamp?
    private var pause = Self.firstPause

    package init() {}

    /// Whether it has opened, and no attempt has succeeded since.
    package var isOpen: Bool { opensUntil != nil }

    /// What may be tried now.
    package func allowance(at now: Timestamp) -> Allowance {
        guard let opensUntil else { return .all }
        return now < opensUntil ? .none(until: opensUntil) : .oneProbe
    }

    /// Counts an attempt that has ended.
    ///
    /// - Parameters:
    ///   - succeeded: Whether the receiver answered as one that works.
    ///   - now: The present moment.
    /// - Returns: For how long the circuit has just opened; nil if it has not.
    package mutating func record(succeeded: Bool, at now: Timestamp) -> Duration? {
        if let until = opensUntil {
            // An attempt that began before the circuit opened tells nothing new; the probe does.
            if now < until && !succeeded { return nil }
            if succeeded {
                self = CircuitBreaker()
                return nil
            }
            pause = min(pause * 2, Self.longestPause)
            opensUntil = now + pause
            return pause
        }
        let number = now.milliseconds / Self.bucketLength
        buckets.removeAll { $0.number <= number - Self.window }
        if buckets.last?.number != number { buckets.append(Bucket(number: number)) }
        buckets[buckets.count - 1].attempts += 1
        if !succeeded { buckets[buckets.count - 1].failures += 1 }
        let attempts = buckets.reduce(0) { $0 + $1.attempts }
        let failures = buckets.reduce(0) { $0 + $1.failures }
        guard attempts >= Self.fewest, failures * 2 > attempts else { return nil }
        buckets.removeAll()
        opensUntil = now + pause
        return pause
    }
}
