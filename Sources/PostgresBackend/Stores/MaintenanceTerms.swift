internal import Monitoring
internal import StoredForms

/// The rows of `maintenance_term`.
enum MaintenanceTerms {
    /// When which sites are in maintenance within a span: one seek in the index of ends, where there is nothing.
    static func calendar(
        _ span: Range<Timestamp>,
        _ connection: PostgresConnection
    ) async throws -> MaintenanceCalendar {
        let rows = try await connection.query(
            """
            SELECT from_at, until_at, scope, start_at, duration_ms, zone, rule FROM maintenance_term
            WHERE until_at > $1 AND from_at < $2 AND from_at < until_at
            """,
            [.int(span.lowerBound.milliseconds), .int(span.upperBound.milliseconds)]
        )
        let terms = try rows.map { row in
            var fields = MaintenanceTermFields()
            fields.fromAt = try row.int("from_at")
            fields.untilAt = try row.int("until_at")
            fields.plan = try MaintenancePlanFields(row)
            return try fields.term()
        }
        return terms.isEmpty ? .empty : MaintenanceCalendar(terms, in: span)
    }

    static func insert(
        _ term: MaintenanceTerm,
        of window: MaintenanceID,
        _ connection: PostgresConnection
    ) async throws {
        let fields = try MaintenanceTermFields(term)
        try await connection.execute(
            """
            INSERT INTO maintenance_term (window_id, from_at, until_at, scope, start_at, duration_ms, zone, rule)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .int(window.rawValue), .int(fields.fromAt), .int(fields.untilAt), .text(fields.plan.scope),
                .int(fields.plan.startAt), .int(fields.plan.durationMs), .text(fields.plan.zone),
                .text(fields.plan.rule),
            ]
        )
    }

    /// Ends what is in force of a window, and takes away what was only to come.
    static func end(of window: MaintenanceID, at now: Timestamp, _ connection: PostgresConnection) async throws {
        let values: [PostgresValue] = [.int(window.rawValue), .int(now.milliseconds)]
        try await connection.execute("DELETE FROM maintenance_term WHERE window_id = $1 AND from_at >= $2", values)
        try await connection.execute(
            "UPDATE maintenance_term SET until_at = $2 WHERE window_id = $1 AND until_at > $2",
            values
        )
    }
}

extension MaintenancePlanFields {
    init(_ row: PostgresRow) throws {
        self.init()
        scope = try row.text("scope")
        startAt = try row.int("start_at")
        durationMs = try row.int("duration_ms")
        zone = try row.text("zone")
        rule = try row.optionalText("rule")
    }
}

extension Outages {
    /// The incidents of some rows.
    init(_ rows: [PostgresRow]) throws {
        self.init()
        for row in rows {
            add(
                site: try row.int("site_id"),
                startedAt: try row.int("started_at"),
                endedAt: try row.optionalInt("ended_at")
            )
        }
    }
}
