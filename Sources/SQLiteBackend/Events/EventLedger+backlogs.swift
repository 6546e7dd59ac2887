internal import GRDB
internal import Monitoring
internal import Notifications

extension EventLedger {
    /// How many deliveries to the channel are open.
    func backlog(of channel: ChannelID) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count FROM eventBacklogs WHERE channel = ?"),
            arguments: [channel.rawValue]
        ) ?? 0
    }

    func backlogs() throws -> [ChannelID: Int] {
        let rows = try Row.fetchAll(db, sql: "SELECT channel, count FROM eventBacklogs")
        return Dictionary(rows.map { (ChannelID(rawValue: $0["channel"]), $0["count"]) }) { first, _ in first }
    }

    /// Makes dead letters of what waits for a channel, in the order of routing; how many.
    func bury(_ which: Burial, of channel: ChannelID, because reason: String, limit: Int) throws -> Int {
        let rows =
            switch which {
            case .all:
                try Row.fetchAll(
                    db.cachedStatement(
                        sql: """
                            SELECT sequence, event, attempts, orderKey FROM eventDeliveries
                            WHERE channel = ? AND state = 'pending' ORDER BY deadline LIMIT ?
                            """
                    ),
                    arguments: [channel.rawValue, limit]
                )
            case .overdue:
                try Row.fetchAll(
                    db.cachedStatement(
                        sql: """
                            SELECT sequence, event, attempts, orderKey FROM eventDeliveries
                            WHERE channel = ? AND state = 'pending' AND deadline < ? ORDER BY deadline LIMIT ?
                            """
                    ),
                    arguments: [channel.rawValue, now.milliseconds, limit]
                )
            }
        for row in rows.sorted(by: { ($0["sequence"] as Int64) < ($1["sequence"] as Int64) }) {
            guard let event = EventID(rawValue: row["event"]) else { continue }
            try bury(delivery: row["sequence"], attempts: row["attempts"], reason: reason)
            try close(row["sequence"], of: event, as: .dead)
            if let order: String = row["orderKey"] { try promote(channel: channel, order: order) }
        }
        return rows.count
    }
}
