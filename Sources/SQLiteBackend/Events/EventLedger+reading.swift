internal import Foundation
internal import GRDB
internal import Monitoring
internal import Notifications

extension EventLedger {
    func deadLetters(_ query: DeadLetterQuery) throws -> DeadLetterPage {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        if let bound = query.upperBound {
            conditions.append("id < ?")
            arguments += [bound]
        }
        if let bound = query.lowerBound {
            conditions.append("id > ?")
            arguments += [bound]
        }
        if let channel = query.channel {
            conditions.append("channel = ?")
            arguments += [channel.rawValue]
        }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let limit = max(1, query.limit)
        // One more than asked for tells whether there is a next page.
        arguments += [limit + 1]
        let cursor = try Row.fetchCursor(
            db,
            sql: "SELECT * FROM eventDead \(filter) ORDER BY id \(query.isOldestFirst ? "ASC" : "DESC") LIMIT ?",
            arguments: arguments
        )
        var items: [DeadLetter] = []
        var size = 0
        while let row = try cursor.next() {
            if items.count == limit || size >= StepBound.bytes {
                return DeadLetterPage(items: items, next: items.last?.id)
            }
            let letter = Self.deadLetter(row)
            size += letter.body.count
            items.append(letter)
        }
        return DeadLetterPage(items: items, next: nil)
    }

    func deadLetter(_ id: String) throws -> DeadLetter? {
        try Row.fetchOne(db, sql: "SELECT * FROM eventDead WHERE id = ?", arguments: [id]).map(Self.deadLetter)
    }

    private static func deadLetter(_ row: Row) -> DeadLetter {
        DeadLetter(
            id: row["id"],
            event: (row["event"] as String?).flatMap(EventID.init(rawValue:)),
            channel: (row["channel"] as Int64?).map(ChannelID.init(rawValue:)),
            reason: row["reason"],
            attempts: row["attempts"],
            body: [UInt8](row["body"] as Data),
            at: Timestamp(milliseconds: row["at"])
        )
    }

    func event(_ id: EventID) throws -> QueuedEvent? {
        guard let record = try record(id) else { return nil }
        let rows = try Row.fetchAll(
            db,
            sql: "SELECT channel, state, attempts, due FROM eventDeliveries WHERE event = ? ORDER BY channel",
            arguments: [id.rawValue]
        )
        var deliveries = rows.compactMap { row in
            QueuedEvent.Delivery.State(rawValue: row["state"]).map {
                QueuedEvent.Delivery(
                    channel: ChannelID(rawValue: row["channel"]),
                    state: $0,
                    attempts: row["attempts"],
                    due: $0 == .pending ? Timestamp(milliseconds: row["due"]) : nil
                )
            }
        }
        if let channel = record.sentTo {
            deliveries.append(QueuedEvent.Delivery(channel: channel, state: .sent, attempts: 1, due: nil))
        }
        return QueuedEvent(id: id, state: record.state, deliveries: deliveries)
    }

    func counts(workers: Int) throws -> QueueCounts {
        let held =
            try Int.fetchOne(
                db,
                sql: """
                    SELECT (SELECT count(*) FROM eventElements WHERE boot IS NOT NULL)
                        + (SELECT count(*) FROM eventDeliveries WHERE boot IS NOT NULL)
                    """
            ) ?? 0
        let first = try Data.fetchOne(
            db,
            sql: """
                SELECT body FROM eventBodies WHERE element = (SELECT min(sequence) FROM eventElements WHERE boot IS NULL)
                """
        )
        return QueueCounts(
            waiting: try counter("waiting"),
            oldest: first.flatMap { QueueElement.time(of: [UInt8]($0)) },
            held: held,
            scheduled: try counter("scheduled"),
            dead: try counter("dead"),
            discarded: try counter("discarded"),
            workers: workers,
            // The file is on the disk before anybody is told that it has something.
            lost: 0
        )
    }

    /// Removes a bounded number of expired records; whether there may be more.
    func removeExpired(most: Int) throws -> Bool {
        try run(
            "DELETE FROM eventRecords WHERE id IN (SELECT id FROM eventRecords WHERE expiresAt <= ? LIMIT ?)",
            [now.milliseconds, most]
        )
        let records = db.changesCount
        try run(
            "DELETE FROM eventKeys WHERE hash IN (SELECT hash FROM eventKeys WHERE expiresAt <= ? LIMIT ?)",
            [now.milliseconds, most]
        )
        let keys = db.changesCount
        try run("DELETE FROM eventGates WHERE until <= ?", [now.milliseconds])
        try run("DELETE FROM eventReplays WHERE nextAt <= ?", [now.milliseconds])
        return records == most || keys == most
    }

    /// Holds a channel back; a shorter hold doesn't end a longer one, and none at all does.
    func gate(_ channel: ChannelID, for duration: Duration) throws {
        guard duration > .zero else {
            try run("DELETE FROM eventGates WHERE channel = ?", [channel.rawValue])
            return
        }
        try run(
            """
            INSERT INTO eventGates (channel, until) VALUES (?, ?)
            ON CONFLICT (channel) DO UPDATE SET until = max(until, excluded.until)
            """,
            [channel.rawValue, (now + duration).milliseconds]
        )
    }
}
