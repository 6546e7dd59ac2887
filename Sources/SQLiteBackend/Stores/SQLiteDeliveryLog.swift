internal import GRDB
package import Monitoring
package import Notifications

/// The history of attempts in SQLite.
package struct SQLiteDeliveryLog: DeliveryLog {
    private static let rowsPerStep = 1_000

    private let database: SQLiteDatabase
    private let time: any TimeSource

    package init(database: SQLiteDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    private static let columns = """
        eventID, eventType, channelID, attempt, at, duration, result, statusCode, response, error, next
        """

    package func append(_ attempts: [DeliveryAttempt]) async throws {
        guard !attempts.isEmpty else { return }
        try await database.writing { db in
            let statement = try db.cachedStatement(
                sql: "INSERT INTO deliveryAttempt (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            )
            for attempt in attempts {
                try statement.execute(
                    arguments: [
                        attempt.event.rawValue, attempt.eventType, attempt.channel?.rawValue, attempt.attempt,
                        attempt.at.milliseconds, attempt.duration.microseconds, attempt.result.rawValue,
                        attempt.statusCode, attempt.response, attempt.error, attempt.next?.milliseconds,
                    ]
                )
            }
        }
    }

    package func attempts(event: EventID) async throws -> [DeliveryAttempt] {
        try await database.reading { db in
            let sql = "SELECT \(Self.columns) FROM deliveryAttempt WHERE eventID = ? ORDER BY id"
            return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: [event.rawValue])
                .map { try Self.attempt($0) }
        }
    }

    package func attempts(channel: ChannelID, limit: Int) async throws -> [DeliveryAttempt] {
        try await database.reading { db in
            let sql = "SELECT \(Self.columns) FROM deliveryAttempt WHERE channelID = ? ORDER BY id DESC LIMIT ?"
            return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: [channel.rawValue, max(limit, 0)])
                .map { try Self.attempt($0) }
        }
    }

    package func purgeAttempts(olderThan retention: Duration) async throws {
        let cut = (time.now() - retention).milliseconds
        var hasMore = true
        while hasMore {
            try Task.checkCancellation()
            hasMore = try await database.writing { db in
                try db.cachedStatement(
                    sql: """
                        DELETE FROM deliveryAttempt
                        WHERE id IN (SELECT id FROM deliveryAttempt WHERE at < ? LIMIT ?)
                        """
                ).execute(arguments: [cut, Self.rowsPerStep])
                return db.changesCount == Self.rowsPerStep
            }
        }
    }

    private static func attempt(_ row: Row) throws -> DeliveryAttempt {
        guard let event = EventID(rawValue: row[0]), let result = DeliveryAttempt.Result(rawValue: row[6]) else {
            throw StoreError(.unusable, "The delivery log holds an attempt of a newer tocsin; update this one.")
        }
        return DeliveryAttempt(
            event: event,
            eventType: row[1],
            channel: (row[2] as Int64?).map { ChannelID(rawValue: $0) },
            attempt: row[3],
            at: Timestamp(milliseconds: row[4]),
            duration: .microseconds(row[5] as Int64),
            result: result,
            statusCode: row[7],
            response: row[8],
            error: row[9],
            next: (row[10] as Int64?).map { Timestamp(milliseconds: $0) }
        )
    }
}
