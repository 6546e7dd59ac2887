internal import Monitoring
internal import StoredForms

extension ManualIncidentFields {
    private static let columns: SQL = "id, title, sites, started_at, ended_at, opened_by"

    private init(_ row: PostgresRow) throws {
        self.init()
        id = try row.int("id")
        title = try row.text("title")
        sites = try row.text("sites")
        startedAt = try row.int("started_at")
        endedAt = try row.optionalInt("ended_at")
        openedBy = try row.text("opened_by")
    }

    static func find(
        _ id: IncidentID,
        _ connection: PostgresConnection,
        lock: Bool = false
    ) async throws -> ManualIncident? {
        let locking: SQL = lock ? "FOR UPDATE" : ""
        return try await connection.query(
            "SELECT \(columns) FROM manual_incident WHERE id = $1 \(locking)",
            [.int(id.rawValue)]
        ).first.map { try ManualIncidentFields($0).incident() }
    }

    static func page(_ query: IncidentQuery, _ connection: PostgresConnection) async throws -> [ManualIncident] {
        let isOpen: SQL =
            switch query.isOpen {
            case nil: ""
            case true?: "AND ended_at IS NULL"
            case false?: "AND ended_at IS NOT NULL"
            }
        return try await connection.query(
            """
            SELECT \(columns) FROM manual_incident
            WHERE id < $1 AND ($2 IS NULL OR sites::jsonb @> to_jsonb($2)) \(isOpen) ORDER BY id DESC LIMIT $3
            """,
            [.int(query.before?.rawValue ?? .max), .int(query.site?.rawValue), .int(Int64(max(query.limit, 0)))]
        ).map { try ManualIncidentFields($0).incident() }
    }

    static func reaching(
        into span: Range<Timestamp>,
        limit: Int,
        _ connection: PostgresConnection
    ) async throws -> [ManualIncident] {
        try await connection.query(
            """
            SELECT \(columns) FROM manual_incident WHERE started_at < $1 AND (ended_at IS NULL OR ended_at > $2)
            ORDER BY id DESC LIMIT $3
            """,
            [.int(span.upperBound.milliseconds), .int(span.lowerBound.milliseconds), .int(Int64(max(limit, 0)))]
        ).map { try ManualIncidentFields($0).incident() }
    }

    static func insert(_ incident: ManualIncident, _ connection: PostgresConnection) async throws {
        let fields = try ManualIncidentFields(incident)
        try await connection.execute(
            "INSERT INTO manual_incident (\(columns)) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .int(fields.id), .text(fields.title), .text(fields.sites), .int(fields.startedAt),
                .int(fields.endedAt), .text(fields.openedBy),
            ]
        )
    }

    static func end(_ id: IncidentID, at now: Timestamp, _ connection: PostgresConnection) async throws {
        try await connection.execute(
            "UPDATE manual_incident SET ended_at = $2 WHERE id = $1",
            [.int(id.rawValue), .int(now.milliseconds)]
        )
    }
}

extension IncidentUpdateFields {
    private init(_ row: PostgresRow) throws {
        self.init()
        id = try row.int("id")
        incident = try row.int("incident_id")
        at = try row.int("at")
        status = try row.text("status")
        message = try row.text("message")
        author = try row.text("author")
    }

    static func of(_ incidents: [IncidentID], _ connection: PostgresConnection) async throws -> [IncidentUpdate] {
        guard !incidents.isEmpty else { return [] }
        return try await connection.query(
            """
            SELECT id, incident_id, at, status, message, author FROM incident_update
            WHERE incident_id = ANY ($1) ORDER BY id
            """,
            [.ints(incidents.map(\.rawValue))]
        ).map { try IncidentUpdateFields($0).update() }
    }

    static func insert(
        _ message: IncidentMessage,
        of incident: IncidentID,
        at now: Timestamp,
        by author: Author,
        _ connection: PostgresConnection
    ) async throws {
        try await connection.execute(
            "INSERT INTO incident_update (incident_id, at, status, message, author) VALUES ($1, $2, $3, $4, $5)",
            [
                .int(incident.rawValue), .int(now.milliseconds), .text(message.status.rawValue), .text(message.text),
                .text(author.name),
            ]
        )
    }
}
