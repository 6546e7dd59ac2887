internal import Monitoring

/// The leases of this process's workers.
///
/// They live in memory alone: the file belongs to one process, so that the leases of an earlier one are dead with it.
struct WorkerLeases: Sendable {
    var clock = QueueClock()
    /// False until what an earlier process held has been given back.
    var isRecovered = false
    private var ends: [String: Timestamp] = [:]
    /// The lease that was asked for last, which is how long a grace lasts.
    private(set) var length: Duration = .seconds(30)

    var count: Int { ends.count }

    /// The boots whose lease stands, run out or not.
    var boots: Set<String> { Set(ends.keys) }

    mutating func take(_ boot: String, lease: Duration, now: Timestamp) {
        ends[boot] = now + lease
        length = lease
    }

    /// Extends a lease that nobody has taken away yet.
    mutating func extend(_ boot: String, lease: Duration, now: Timestamp) -> Bool {
        guard ends[boot] != nil else { return false }
        take(boot, lease: lease, now: now)
        return true
    }

    mutating func end(_ boot: String) {
        ends[boot] = nil
    }

    /// Ends the leases that have run out; none during a grace.
    mutating func expire(now: Timestamp) {
        guard !clock.isInGrace(at: now) else { return }
        ends = ends.filter { now < $0.value }
    }
}
