package import Monitoring
package import Notifications
internal import StoredForms

/// The history of attempts in PostgreSQL.
package struct PostgresDeliveryLog: DeliveryLog {
    private static let rowsPerStep = 1_000

    private let database: PostgresDatabase
    private let time: any TimeSource

    package init(database: PostgresDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    private static let columns: SQL = """
        event_id, event_type, channel_id, attempt, at, duration, result, status_code, response, error, next
        """

    /// Adds attempts, each once: a batch comes again where the connection broke before its commit was answered.
    package func append(_ attempts: [DeliveryAttempt]) async throws {
        guard !attempts.isEmpty else { return }
        let fields = attempts.map { AttemptFields($0) }
        try await database.write { connection in
            try await connection.execute(
                """
                INSERT INTO delivery_attempt (\(Self.columns))
                SELECT \(Self.columns)
                FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY AS new (\(Self.columns), place)
                WHERE NOT EXISTS (
                    SELECT FROM delivery_attempt AS old WHERE old.event_id = new.event_id
                    AND old.channel_id IS NOT DISTINCT FROM new.channel_id AND old.attempt = new.attempt
                    AND old.at = new.at AND old.result = new.result
                ) ORDER BY place
                """,
                [
                    .texts(fields.map(\.event)), .texts(fields.map(\.eventType)), .ints(fields.map(\.channel)),
                    .ints(fields.map { Int64($0.attempt) }), .ints(fields.map(\.at)),
                    .ints(fields.map(\.duration)), .texts(fields.map(\.result)),
                    .ints(fields.map { $0.statusCode.map { Int64($0) } }), .texts(fields.map(\.response)),
                    .texts(fields.map(\.error)), .ints(fields.map(\.next)),
                ]
            )
        }
    }

    package func attempts(event: EventID) async throws -> [DeliveryAttempt] {
        try await database.read { connection in
            try await connection.query(
                "SELECT \(Self.columns) FROM delivery_attempt WHERE event_id = $1 ORDER BY id",
                [.text(event.rawValue)]
            ).map { try AttemptFields($0).deliveryAttempt() }
        }
    }

    package func attempts(channel: ChannelID, limit: Int) async throws -> [DeliveryAttempt] {
        try await database.read { connection in
            try await connection.query(
                "SELECT \(Self.columns) FROM delivery_attempt WHERE channel_id = $1 ORDER BY id DESC LIMIT $2",
                [.int(channel.rawValue), .int(Int64(max(limit, 0)))]
            ).map { try AttemptFields($0).deliveryAttempt() }
        }
    }

    package func latestAttempts(of channels: [ChannelID]) async throws -> [ChannelID: DeliveryAttempt] {
        let rows = try await database.read { connection in
            try await connection.query(
                """
                SELECT latest.* FROM unnest($1) AS page (id) CROSS JOIN LATERAL (
                    SELECT \(Self.columns) FROM delivery_attempt WHERE delivery_attempt.channel_id = page.id
                    ORDER BY delivery_attempt.id DESC LIMIT 1
                ) AS latest
                """,
                [.ints(channels.map(\.rawValue))]
            )
        }
        var latest: [ChannelID: DeliveryAttempt] = [:]
        for attempt in try rows.map({ try AttemptFields($0).deliveryAttempt() }) {
            if let channel = attempt.channel { latest[channel] = attempt }
        }
        return latest
    }

    package func purgeAttempts(olderThan retention: Duration) async throws {
        let cut = (time.now() - retention).milliseconds
        var hasMore = true
        while hasMore {
            try Task.checkCancellation()
            let count = try await database.write { connection in
                try await connection.execute(
                    """
                    DELETE FROM delivery_attempt WHERE ctid = ANY (ARRAY (
                        SELECT ctid FROM delivery_attempt WHERE at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
                    ))
                    """,
                    [.int(cut), .int(Int64(Self.rowsPerStep))]
                )
            }
            hasMore = count == Self.rowsPerStep
        }
    }
}

extension AttemptFields {
    fileprivate init(_ row: PostgresRow) throws {
        self.init()
        event = try row.text("event_id")
        eventType = try row.text("event_type")
        channel = try row.optionalInt("channel_id")
        attempt = Int(try row.int("attempt"))
        at = try row.int("at")
        duration = try row.int("duration")
        result = try row.text("result")
        statusCode = try row.optionalInt("status_code").map { Int($0) }
        response = try row.optionalText("response")
        error = try row.optionalText("error")
        next = try row.optionalInt("next")
    }
}
