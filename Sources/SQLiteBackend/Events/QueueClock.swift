internal import Monitoring

/// The queue's time: the wall clock, corrected so that it never runs backwards.
///
/// A gap in it means that the machine slept: then leases have run out whose workers are well, so that takeovers wait for
/// one lease. Pure: it is told the wall clock's time.
struct QueueClock: Sendable {
    /// Workers beat once a second, so that a longer silence is a gap.
    static let longestSilence: Duration = .seconds(5)

    private var last: Timestamp?
    private var skew: Duration = .zero
    private var graceEnd: Timestamp?

    /// Starts at the time that was seen last, which an earlier process may have written down.
    mutating func resume(at time: Timestamp) {
        last = max(last ?? time, time)
        // What lies between two processes is no gap: no lease of the earlier one is alive.
        isResumed = true
    }

    private var isResumed = false

    /// The queue's time at this wall clock's time.
    mutating func read(_ wall: Timestamp, lease: Duration) -> Timestamp {
        guard let last else {
            self.last = wall
            return wall
        }
        var now = wall
        if wall < last {
            now = max(wall + skew, last)
            skew = now - wall
        } else {
            skew = .zero
        }
        if now - last > Self.longestSilence, !isResumed { graceEnd = now + lease }
        isResumed = false
        self.last = now
        return now
    }

    /// Whether leases that have run out are left alone for now.
    func isInGrace(at now: Timestamp) -> Bool {
        graceEnd.map { now < $0 } ?? false
    }
}
