internal import Monitoring
internal import StoredForms

/// The interval of sites that set none, kept so that sites added by any process get the same.
enum DefaultInterval {
    /// Reads it, and keeps others from changing it before the end of the transaction.
    ///
    /// Without that, a site that is added while the interval changes would be missed by the change.
    static func hold(_ connection: PostgresConnection) async throws -> Duration {
        let row = try await connection.query(
            "SELECT convert_from(value, 'UTF8')::bigint AS ms FROM setting WHERE name = 'defaultIntervalMs' FOR SHARE"
        ).first
        guard let row else {
            throw StoreError(.unusable, "The database has lost its default interval; restore its last good copy.")
        }
        return .milliseconds(try row.int("ms"))
    }

    static func write(_ interval: Duration, _ connection: PostgresConnection) async throws {
        try await connection.execute(
            "UPDATE setting SET value = convert_to($1::text, 'UTF8') WHERE name = 'defaultIntervalMs'",
            [.int(interval.milliseconds)]
        )
    }
}
