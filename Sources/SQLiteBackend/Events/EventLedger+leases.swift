internal import GRDB
internal import Monitoring
internal import Notifications

extension EventLedger {
    /// So many crashes make a suspect, which is worked alone.
    private static let crashesOfSuspect = 2

    /// Gives back what is held by anyone but `living`, with a crash counted against each; how many that were.
    func giveBack(exceptTo living: Set<String>) throws -> Int {
        let boots = try String.fetchAll(
            db,
            sql: """
                SELECT DISTINCT boot FROM eventElements WHERE boot IS NOT NULL
                UNION SELECT DISTINCT boot FROM eventDeliveries WHERE boot IS NOT NULL
                """
        )
        return try boots.filter { !living.contains($0) }
            .reduce(0) { try $0 + giveBack(of: $1, hasCrashed: true) }
    }

    /// Gives back what one worker holds; how many that were.
    ///
    /// A crash with others in hand may be any one's fault: it makes a suspect, and only crashes alone go beyond that.
    func giveBack(of boot: String, hasCrashed: Bool) throws -> Int {
        let mostCrashes = try !hasCrashed ? 0 : held(by: boot) == 1 ? Int.max : Self.crashesOfSuspect
        try run(
            """
            UPDATE eventElements SET boot = NULL, token = NULL, crashes = crashes + iif(crashes < ?, 1, 0)
            WHERE boot = ?
            """,
            [mostCrashes, boot]
        )
        let events = db.changesCount
        let orders = try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT DISTINCT channel, orderKey FROM eventDeliveries WHERE boot = ? AND orderKey IS NOT NULL"
            ),
            arguments: [boot]
        )
        try run(
            """
            UPDATE eventDeliveries
            SET state = 'pending', boot = NULL, token = NULL, crashes = crashes + iif(crashes < ?, 1, 0)
            WHERE boot = ?
            """,
            [mostCrashes, boot]
        )
        let deliveries = db.changesCount
        for order in orders {
            let key: String = order["orderKey"]
            try promote(channel: ChannelID(rawValue: order["channel"]), order: key)
        }
        return events + deliveries
    }

    private func held(by boot: String) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT (SELECT count(*) FROM eventElements WHERE boot = ?1)
                        + (SELECT count(*) FROM eventDeliveries WHERE boot = ?1)
                    """
            ),
            arguments: [boot]
        ) ?? 0
    }
}
