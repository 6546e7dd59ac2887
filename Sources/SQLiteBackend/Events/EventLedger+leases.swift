internal import GRDB
internal import Monitoring
internal import Notifications

extension EventLedger {
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
            .reduce(0) { try $0 + giveBack(of: $1, crashes: 1) }
    }

    /// Gives back what one worker holds; how many that were.
    func giveBack(of boot: String, crashes: Int) throws -> Int {
        try run(
            "UPDATE eventElements SET boot = NULL, token = NULL, crashes = crashes + ? WHERE boot = ?",
            [crashes, boot]
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
            UPDATE eventDeliveries SET state = 'pending', boot = NULL, token = NULL, crashes = crashes + ?
            WHERE boot = ?
            """,
            [crashes, boot]
        )
        let deliveries = db.changesCount
        for order in orders {
            let key: String = order["orderKey"]
            try promote(channel: ChannelID(rawValue: order["channel"]), order: key)
        }
        return events + deliveries
    }
}
