internal import Foundation
internal import GRDB
package import Monitoring
package import Notifications
package import StoredForms

/// The registered channels in SQLite, their settings sealed.
package struct SQLiteChannelStore: ChannelStore {
    private let database: SQLiteDatabase
    private let time: any TimeSource
    private let secrets: SecretBox

    package init(database: SQLiteDatabase, time: any TimeSource, secrets: SecretBox) {
        self.database = database
        self.time = time
        self.secrets = secrets
    }

    private static let columns = """
        id, revision, name, type, settings, events, tags, paused, disabledReason, createdAt, updatedAt
        """

    package func add(_ settings: ChannelSettings, by author: Author) async throws -> RegisteredChannel {
        let (now, secrets) = (time.now(), secrets)
        return try await database.writing { db in
            try Self.refusingTakenName(settings.name) {
                try db.execute(
                    sql: """
                        INSERT INTO channel (revision, name, type, settings, events, tags, paused, createdAt, updatedAt)
                        VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: try Self.values(settings, secrets) + [now.milliseconds, now.milliseconds]
                )
            }
            let id = ChannelID(rawValue: db.lastInsertedRowID)
            try Audit(db: db, now: now, author: author).record("channel.add", id.description)
            return RegisteredChannel(id: id, revision: 1, settings: settings, createdAt: now, updatedAt: now)
        }
    }

    package func update(
        _ id: ChannelID,
        to settings: ChannelSettings,
        revision: Int?,
        by author: Author
    ) async throws -> RegisteredChannel {
        let (now, secrets) = (time.now(), secrets)
        return try await database.writing { db in
            let old = try Self.channel(id, secrets, db)
            if let revision, revision != old.revision {
                throw StoreError(
                    .conflict,
                    "The channel \(id) was changed meanwhile (revision \(old.revision), not \(revision)); read it again."
                )
            }
            try Self.refusingTakenName(settings.name) {
                try db.execute(
                    sql: """
                        UPDATE channel SET name = ?, type = ?, settings = ?, events = ?, tags = ?, paused = ?,
                        revision = revision + 1, disabledReason = NULL, updatedAt = ? WHERE id = ?
                        """,
                    arguments: try Self.values(settings, secrets) + [now.milliseconds, id.rawValue]
                )
            }
            try Audit(db: db, now: now, author: author).record("channel.update", id.description)
            return RegisteredChannel(
                id: id,
                revision: old.revision + 1,
                settings: settings,
                createdAt: old.createdAt,
                updatedAt: now
            )
        }
    }

    package func remove(_ id: ChannelID, by author: Author) async throws {
        let now = time.now()
        try await database.writing { db in
            try db.execute(sql: "DELETE FROM channel WHERE id = ?", arguments: [id.rawValue])
            guard db.changesCount > 0 else { throw Self.notFound(id) }
            try Audit(db: db, now: now, author: author).record("channel.remove", id.description)
        }
    }

    package func disable(_ id: ChannelID, reason: String) async throws {
        let now = time.now()
        try await database.writing { db in
            try db.execute(
                sql: "UPDATE channel SET disabledReason = ?, updatedAt = ? WHERE id = ?",
                arguments: [reason, now.milliseconds, id.rawValue]
            )
            guard db.changesCount > 0 else { throw Self.notFound(id) }
            // Nobody asked for this: the receiver said that it is gone.
            try Audit(db: db, now: now, author: Author(name: "tocsin")).record("channel.disable", id.description)
        }
    }

    package func channels() async throws -> [RegisteredChannel] {
        let secrets = secrets
        return try await database.glancing { db in
            try Row.fetchAll(try db.cachedStatement(sql: "SELECT \(Self.columns) FROM channel ORDER BY id"))
                .map { try Self.channel($0, secrets) }
        }
    }

    package func channel(_ id: ChannelID) async throws -> RegisteredChannel? {
        let secrets = secrets
        return try await database.reading { db in
            try Row.fetchOne(
                try db.cachedStatement(sql: "SELECT \(Self.columns) FROM channel WHERE id = ?"),
                arguments: [id.rawValue]
            ).map { try Self.channel($0, secrets) }
        }
    }

    // MARK: Rows

    private static func values(_ settings: ChannelSettings, _ secrets: SecretBox) throws -> StatementArguments {
        let fields = try ChannelFields(settings, secrets)
        return [fields.name, fields.type, fields.settings, fields.events, fields.tags, fields.paused]
    }

    private static func channel(_ id: ChannelID, _ secrets: SecretBox, _ db: Database) throws -> RegisteredChannel {
        let sql = "SELECT \(columns) FROM channel WHERE id = ?"
        guard let row = try Row.fetchOne(db, sql: sql, arguments: [id.rawValue]) else { throw notFound(id) }
        return try channel(row, secrets)
    }

    private static func channel(_ row: Row, _ secrets: SecretBox) throws -> RegisteredChannel {
        var fields = ChannelFields()
        fields.id = row[0]
        fields.revision = row[1]
        fields.name = row[2]
        fields.type = row[3]
        fields.settings = row[4]
        fields.events = row[5]
        fields.tags = row[6]
        fields.paused = row[7]
        fields.disabledReason = row[8]
        fields.createdAt = row[9]
        fields.updatedAt = row[10]
        return try fields.channel(secrets)
    }

    private static func notFound(_ id: ChannelID) -> StoreError { StoreError(.notFound, "There is no channel \(id).") }

    private static func refusingTakenName(_ name: String, _ write: () throws -> Void) throws {
        do {
            try write()
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
            throw StoreError(
                .conflict,
                "There is a channel named \"\(name)\" already; give this one another name.",
                cause: error
            )
        }
    }
}
