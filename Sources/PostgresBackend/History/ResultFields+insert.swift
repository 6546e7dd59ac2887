internal import Monitoring
internal import StoredForms

extension ResultFields {
    /// What tells one result from all others.
    struct Key: Hashable {
        let site: Int64
        let slot: Int64
        let region: String
    }

    /// Inserts results, each of a key of its own, in one statement.
    ///
    /// Only the conflict with a result that is there already is passed over; any other is an error.
    /// - Returns: The keys of those that were not there yet.
    static func insert(_ results: [CheckResult], _ connection: PostgresConnection) async throws -> Set<Key> {
        guard !results.isEmpty else { return [] }
        let fields = try results.map { try ResultFields($0) }
        let rows = try await connection.query(
            """
            INSERT INTO result (site_id, slot, region, verdict, attempts, status_code, dns, connect, tls, first_byte,
            transfer, total, certificate_ends_at, address, failure)
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            ON CONFLICT (site_id, slot, region) DO NOTHING RETURNING site_id, slot, region
            """,
            [
                .ints(results.map(\.site.rawValue)), .ints(fields.map(\.slot)), .texts(fields.map(\.region)),
                .ints(fields.map { Int64($0.verdict) }), .ints(fields.map { Int64($0.attempts) }),
                .ints(fields.map { $0.statusCode.map { Int64($0) } }), .ints(fields.map(\.dns)),
                .ints(fields.map(\.connect)), .ints(fields.map(\.tls)), .ints(fields.map(\.firstByte)),
                .ints(fields.map(\.transfer)), .ints(fields.map(\.total)), .ints(fields.map(\.certificateEndsAt)),
                .texts(fields.map(\.address)), .texts(fields.map(\.failure)),
            ]
        )
        return Set(
            try rows.map { row in
                Key(site: try row.int("site_id"), slot: try row.int("slot"), region: try row.text("region"))
            }
        )
    }
}
