internal import Monitoring

/// The time that leases are measured in: the wall clock, corrected so that it never runs backwards.
///
/// A gap in it (the host slept, the clock was set) leaves leases run out that their holders had no chance to renew, so it
/// suspends takeovers for one lease. It must therefore be read more often than once a lease.
struct LeaseClock {
    private var last: Timestamp?
    private var skew: Duration = .zero
    private var graceEnds: Timestamp?
    private var lease: Duration?

    /// The time now, given what the wall clock says and, where takeovers ask, the lease that they go by.
    mutating func read(_ wall: Timestamp, lease: Duration? = nil) -> Timestamp {
        if let lease { self.lease = lease }
        let previous = last ?? wall
        last = wall
        if wall < previous { skew += previous - wall }
        let now = wall + skew
        if let lease = self.lease, wall < previous || wall - previous > lease {
            graceEnds = now + lease
        }
        return now
    }

    /// Whether leases that seem to have run out must be let alone for now.
    func isInGrace(at now: Timestamp) -> Bool {
        guard let graceEnds else { return false }
        return now < graceEnds
    }
}
