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
        var buried: Set<Int64> = []
        for row in try waiting(which, for: channel, limit: limit).sorted(by: {
            $0["sequence"] < $1["sequence"] as Int64
        }) {
            let sequence: Int64 = row["sequence"]
            while buried.count < limit, !buried.contains(sequence) {
                guard let first = try first(which, of: row, channel: channel),
                    let event = EventID(rawValue: first["event"])
                else { break }
                try bury(delivery: first["sequence"], attempts: first["attempts"], reason: reason)
                try close(first["sequence"], of: event, as: .dead)
                if let order: String = first["orderKey"] { try promote(channel: channel, order: order) }
                buried.insert(first["sequence"])
            }
        }
        return buried.count
    }

    /// More than are to be buried at once, since some of them may have to wait.
    private func waiting(_ which: Burial, for channel: ChannelID, limit: Int) throws -> [Row] {
        switch which {
        case .all:
            try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT sequence, event, attempts, orderKey FROM eventDeliveries
                        WHERE channel = ? AND state = 'pending' ORDER BY deadline LIMIT ?
                        """
                ),
                arguments: [channel.rawValue, limit + 256]
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
    }

    /// What is to die before a delivery does, or itself: the oldest of its order, since letters go back in the order of
    /// their deaths; nil where a worker holds that.
    private func first(_ which: Burial, of delivery: Row, channel: ChannelID) throws -> Row? {
        guard which == .all, let order: String = delivery["orderKey"] else { return delivery }
        let first = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT sequence, event, attempts, orderKey, state FROM eventDeliveries
                    WHERE channel = ? AND orderKey = ? AND state IN ('pending', 'held') ORDER BY sequence LIMIT 1
                    """
            ),
            arguments: [channel.rawValue, order]
        )
        return first?["state"] == "pending" ? first : nil
    }
}
