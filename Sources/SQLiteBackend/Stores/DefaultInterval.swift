internal import GRDB
internal import Monitoring

/// The interval of sites that set none, kept so that sites added by any process get the same.
enum DefaultInterval {
    static func read(_ db: Database) throws -> Duration {
        let milliseconds = try Int64.fetchOne(
            try db.cachedStatement(sql: "SELECT value FROM setting WHERE name = 'defaultIntervalMs'")
        )
        return .milliseconds(milliseconds ?? 60_000)
    }

    static func write(_ interval: Duration, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO setting (name, value) VALUES ('defaultIntervalMs', ?)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """,
            arguments: [interval.milliseconds]
        )
    }
}
