internal import GRDB
internal import Monitoring
internal import Notifications
internal import StoredForms

/// The transitions that are committed with what they follow from, and wait to become events.
enum Outbox {
    static func add(_ transition: Transition, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT INTO outbox (eventID, transition) VALUES (?, ?)")
            .execute(arguments: [EventID.made(at: transition.at).rawValue, try StoredJSON.text(transition)])
    }

    static func unsent(limit: Int, _ db: Database) throws -> [OutboxEntry] {
        let sql = "SELECT id, eventID, transition FROM outbox WHERE sentAt IS NULL ORDER BY id LIMIT ?"
        return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: [max(limit, 0)]).map { row in
            OutboxEntry(id: row[0], eventID: row[1], transition: try StoredJSON.value(from: row[2]))
        }
    }

    static func markSent(_ entries: [OutboxEntry], at now: Timestamp, _ db: Database) throws {
        let statement = try db.cachedStatement(sql: "UPDATE outbox SET sentAt = ? WHERE id = ? AND sentAt IS NULL")
        for entry in entries { try statement.execute(arguments: [now.milliseconds, entry.id]) }
    }

    static func offerAgain(sentSince moment: Timestamp, _ db: Database) throws -> Int {
        try db.execute(sql: "UPDATE outbox SET sentAt = NULL WHERE sentAt >= ?", arguments: [moment.milliseconds])
        return db.changesCount
    }
}
