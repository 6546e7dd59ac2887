internal import Monitoring
internal import StoredForms

extension IncidentFields {
    static let columns: SQL = """
        incident.id, incident.site_id, incident.site_name, incident.started_at, incident.ended_at, incident.failure,
        incident.status_code, incident.regions, incident.acknowledged_at, incident.acknowledged_by
        """

    init(_ row: PostgresRow) throws {
        self.init()
        id = try row.int("id")
        site = try row.int("site_id")
        siteName = try row.text("site_name")
        startedAt = try row.int("started_at")
        endedAt = try row.optionalInt("ended_at")
        failure = try row.optionalText("failure")
        statusCode = try row.optionalInt("status_code").map { Int($0) }
        regions = try row.text("regions")
        acknowledgedAt = try row.optionalInt("acknowledged_at")
        acknowledgedBy = try row.optionalText("acknowledged_by")
    }

    /// Numbers for incidents that are about to open, ascending.
    static func reserve(_ count: Int, _ connection: PostgresConnection) async throws -> [IncidentID] {
        guard count > 0 else { return [] }
        let rows = try await connection.query(
            "SELECT nextval(pg_get_serial_sequence('incident', 'id')) AS id FROM generate_series(1, $1)",
            [.int(Int64(count))]
        )
        return try rows.map { IncidentID(rawValue: try $0.int("id")) }
    }

    /// Inserts incidents that have their numbers.
    static func insert(_ incidents: [IncidentFields], _ connection: PostgresConnection) async throws {
        guard !incidents.isEmpty else { return }
        try await connection.execute(
            """
            INSERT INTO incident (id, site_id, site_name, started_at, ended_at, failure, status_code, regions)
            OVERRIDING SYSTEM VALUE SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .ints(incidents.map(\.id)), .ints(incidents.map(\.site)), .texts(incidents.map(\.siteName)),
                .ints(incidents.map(\.startedAt)), .ints(incidents.map(\.endedAt)), .texts(incidents.map(\.failure)),
                .ints(incidents.map { $0.statusCode.map { Int64($0) } }), .texts(incidents.map(\.regions)),
            ]
        )
    }

    /// Ends incidents that are open.
    static func close(
        _ incidents: [(id: IncidentID, endedAt: Timestamp)],
        _ connection: PostgresConnection
    ) async throws {
        guard !incidents.isEmpty else { return }
        try await connection.execute(
            """
            UPDATE incident SET ended_at = ended.at FROM unnest($1, $2) AS ended (id, at)
            WHERE incident.id = ended.id AND incident.ended_at IS NULL
            """,
            [.ints(incidents.map(\.id.rawValue)), .ints(incidents.map(\.endedAt.milliseconds))]
        )
    }

    /// One incident of a site that is registered.
    static func find(_ id: IncidentID, _ connection: PostgresConnection, lock: Bool = false) async throws -> Incident? {
        let locking: SQL = lock ? "FOR UPDATE OF incident" : ""
        return try await connection.query(
            """
            SELECT \(columns) FROM incident JOIN site ON site.id = incident.site_id
            WHERE incident.id = $1 AND site.removed_at IS NULL \(locking)
            """,
            [.int(id.rawValue)]
        ).first.map { try IncidentFields($0).incident() }
    }

    static func page(_ query: IncidentQuery, _ connection: PostgresConnection) async throws -> [Incident] {
        let isOpen: SQL =
            switch query.isOpen {
            case nil: ""
            case true?: "AND incident.ended_at IS NULL"
            case false?: "AND incident.ended_at IS NOT NULL"
            }
        return try await connection.query(
            """
            SELECT \(columns) FROM incident JOIN site ON site.id = incident.site_id
            WHERE site.removed_at IS NULL AND incident.id < $1 AND ($2 IS NULL OR incident.site_id = $2) \(isOpen)
            ORDER BY incident.id DESC LIMIT $3
            """,
            [.int(query.before?.rawValue ?? .max), .int(query.site?.rawValue), .int(Int64(max(query.limit, 0)))]
        ).map { try IncidentFields($0).incident() }
    }
}
