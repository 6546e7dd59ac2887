internal import Foundation
package import Monitoring
package import Notifications
package import StoredForms

/// The registered channels in PostgreSQL, their settings sealed.
package struct PostgresChannelStore: ChannelStore {
    private let database: PostgresDatabase
    private let time: any TimeSource
    private let secrets: SecretBox

    package init(database: PostgresDatabase, time: any TimeSource, secrets: SecretBox) {
        self.database = database
        self.time = time
        self.secrets = secrets
    }

    package func add(_ settings: ChannelSettings, by author: Author) async throws -> RegisteredChannel {
        let now = time.now()
        return try await database.write { connection in
            let row = try await refusingTakenName(settings.name) {
                try await connection.query(
                    """
                    INSERT INTO channel (revision, name, type, settings, events, tags, paused, created_at, updated_at)
                    VALUES (1, $1, $2, $3, $4, $5, $6, $7, $7) RETURNING id
                    """,
                    try values(settings) + [.int(now.milliseconds)]
                ).first
            }
            guard let row else { throw StoreError(.unusable, "The database gave a new channel no number.") }
            let id = ChannelID(rawValue: try row.int("id"))
            try await Audit(connection: connection, now: now, author: author).record("channel.add", [id])
            return RegisteredChannel(id: id, revision: 1, settings: settings, createdAt: now, updatedAt: now)
        }
    }

    package func update(
        _ id: ChannelID,
        to settings: ChannelSettings,
        revision: Int?,
        by author: Author
    ) async throws -> RegisteredChannel {
        let now = time.now()
        return try await database.write { connection in
            let row = try await connection.query(
                "SELECT \(ChannelFields.columns) FROM channel WHERE id = $1 FOR NO KEY UPDATE",
                [.int(id.rawValue)]
            ).first
            guard let row else { throw Self.notFound(id) }
            let old = try ChannelFields(row)
            if let revision, revision != old.revision {
                throw StoreError(
                    .conflict,
                    "The channel \(id) was changed meanwhile (revision \(old.revision), not \(revision)); read it again."
                )
            }
            try await refusingTakenName(settings.name) {
                try await connection.execute(
                    """
                    UPDATE channel SET name = $1, type = $2, settings = $3, events = $4, tags = $5, paused = $6,
                    revision = revision + 1, disabled_reason = NULL, updated_at = $7 WHERE id = $8
                    """,
                    try values(settings) + [.int(now.milliseconds), .int(id.rawValue)]
                )
            }
            try await Audit(connection: connection, now: now, author: author).record("channel.update", [id])
            return RegisteredChannel(
                id: id,
                revision: old.revision + 1,
                settings: settings,
                createdAt: Timestamp(milliseconds: old.createdAt),
                updatedAt: now
            )
        }
    }

    package func remove(_ id: ChannelID, by author: Author) async throws {
        let now = time.now()
        try await database.write { connection in
            let removed = try await connection.execute("DELETE FROM channel WHERE id = $1", [.int(id.rawValue)])
            guard removed > 0 else { throw Self.notFound(id) }
            try await Audit(connection: connection, now: now, author: author).record("channel.remove", [id])
        }
    }

    package func disable(_ id: ChannelID, reason: String) async throws {
        let now = time.now()
        try await database.write { connection in
            let disabled = try await connection.execute(
                "UPDATE channel SET disabled_reason = $1, updated_at = $2 WHERE id = $3",
                [.text(reason), .int(now.milliseconds), .int(id.rawValue)]
            )
            guard disabled > 0 else { throw Self.notFound(id) }
            // Nobody asked for this: the receiver said that it is gone.
            try await Audit(connection: connection, now: now, author: Author(name: "tocsin"))
                .record("channel.disable", [id])
        }
    }

    package func channels() async throws -> [RegisteredChannel] {
        let rows = try await database.read {
            try await $0.query("SELECT \(ChannelFields.columns) FROM channel ORDER BY id")
        }
        return try rows.map { try ChannelFields($0).channel(secrets) }
    }

    package func channel(_ id: ChannelID) async throws -> RegisteredChannel? {
        let rows = try await database.read { connection in
            try await connection.query(
                "SELECT \(ChannelFields.columns) FROM channel WHERE id = $1",
                [.int(id.rawValue)]
            )
        }
        return try rows.first.map { try ChannelFields($0).channel(secrets) }
    }

    // MARK: Rows

    private func values(_ settings: ChannelSettings) throws -> [PostgresValue] {
        let fields = try ChannelFields(settings, secrets)
        return [
            .text(fields.name), .text(fields.type), .bytes(fields.settings.map { Array($0) }), .text(fields.events),
            .text(fields.tags), .bool(fields.paused),
        ]
    }

    private static func notFound(_ id: ChannelID) -> StoreError { StoreError(.notFound, "There is no channel \(id).") }

    @discardableResult
    private func refusingTakenName<Value>(_ name: String, _ write: () async throws -> Value) async throws -> Value {
        do {
            return try await write()
        } catch let error as PostgresError where error.state == .uniqueViolation {
            throw StoreError(
                .conflict,
                "There is a channel named \"\(name)\" already; give this one another name.",
                cause: error
            )
        }
    }
}

extension ChannelFields {
    static let columns: SQL = """
        id, revision, name, type, settings, events, tags, paused, disabled_reason, created_at, updated_at
        """

    init(_ row: PostgresRow) throws {
        self.init()
        id = try row.int("id")
        revision = Int(try row.int("revision"))
        name = try row.text("name")
        type = try row.text("type")
        settings = try row.optionalBytes("settings").map { Data($0) }
        events = try row.text("events")
        tags = try row.text("tags")
        paused = try row.bool("paused")
        disabledReason = try row.optionalText("disabled_reason")
        createdAt = try row.int("created_at")
        updatedAt = try row.int("updated_at")
    }
}
