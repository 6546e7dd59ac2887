internal import GRDB
package import Monitoring
package import Notifications
internal import StoredForms

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
        // History, of which a power cut may take the last moment.
        try await database.writing(durability: .ordered) { db in
            let statement = try db.cachedStatement(
                sql: "INSERT INTO deliveryAttempt (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            )
            for fields in attempts.map(AttemptFields.init) {
                try statement.execute(
                    arguments: [
                        fields.event, fields.eventType, fields.channel, fields.attempt, fields.at, fields.duration,
                        fields.result, fields.statusCode, fields.response, fields.error, fields.next,
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

    /// One seek a channel in the index of channels.
    static let latestSQL = """
        SELECT \(columns) FROM json_each(?) AS page CROSS JOIN deliveryAttempt ON deliveryAttempt.id = (
            SELECT newest.id FROM deliveryAttempt AS newest WHERE newest.channelID = page.value
            ORDER BY newest.id DESC LIMIT 1)
        """

    package func latestAttempts(of channels: [ChannelID]) async throws -> [ChannelID: DeliveryAttempt] {
        let page = IDList.text(channels)
        return try await database.reading { db in
            let rows = try Row.fetchAll(try db.cachedStatement(sql: Self.latestSQL), arguments: [page])
            var latest: [ChannelID: DeliveryAttempt] = [:]
            for attempt in try rows.map({ try Self.attempt($0) }) {
                if let channel = attempt.channel { latest[channel] = attempt }
            }
            return latest
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
        var fields = AttemptFields()
        fields.event = row[0]
        fields.eventType = row[1]
        fields.channel = row[2]
        fields.attempt = row[3]
        fields.at = row[4]
        fields.duration = row[5]
        fields.result = row[6]
        fields.statusCode = row[7]
        fields.response = row[8]
        fields.error = row[9]
        fields.next = row[10]
        return try fields.deliveryAttempt()
    }
}
