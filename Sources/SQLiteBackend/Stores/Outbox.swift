internal import GRDB
internal import Monitoring

/// The transitions that are committed with what they follow from, and wait to become events.
enum Outbox {
    /// How long a row stays after it was sent, should the broker lose its last seconds.
    static let keptAfterSending = Duration.seconds(3_600)

    static func add(_ transition: Transition, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT INTO outbox (eventID, transition) VALUES (?, ?)")
            .execute(arguments: [makeEventID(), try StoredJSON.text(transition)])
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

    /// 130 random bits in lower-case Base32: unique in the queue without asking it.
    private static func makeEventID() -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        var generator = SystemRandomNumberGenerator()
        return "evt_" + String((0..<26).map { _ in alphabet[Int.random(in: 0..<32, using: &generator)] })
    }
}
