internal import Monitoring
internal import StoredForms

/// Writes maintenance windows with their terms, within one transaction.
struct MaintenanceWriter {
    let connection: PostgresConnection
    let now: Timestamp
    let author: Author

    private static let columns: SQL = """
        id, revision, title, description, scope, start_at, duration_ms, zone, rule, counts_from, created_at, updated_at
        """

    // MARK: Finding

    static func find(
        _ id: MaintenanceID,
        _ connection: PostgresConnection,
        lock: Bool = false
    ) async throws -> MaintenanceWindow? {
        let lock: SQL = lock ? "FOR UPDATE" : ""
        return try await connection.query(
            "SELECT \(columns) FROM maintenance WHERE id = $1 AND removed_at IS NULL \(lock)",
            [.int(id.rawValue)]
        ).first.map(window)
    }

    static func before(
        _ id: MaintenanceID?,
        limit: Int,
        _ connection: PostgresConnection
    ) async throws -> [MaintenanceWindow] {
        try await connection.query(
            "SELECT \(columns) FROM maintenance WHERE id < $1 AND removed_at IS NULL ORDER BY id DESC LIMIT $2",
            [.int(id?.rawValue ?? .max), .int(Int64(limit))]
        ).map(window)
    }

    /// The windows of which something reaches beyond a moment.
    static func windows(
        reachingBeyond moment: Timestamp,
        _ connection: PostgresConnection
    ) async throws -> [MaintenanceWindow] {
        try await connection.query(
            """
            SELECT \(columns) FROM maintenance WHERE removed_at IS NULL
            AND id IN (SELECT window_id FROM maintenance_term WHERE until_at > $1) ORDER BY id
            """,
            [.int(moment.milliseconds)]
        ).map(window)
    }

    private static func window(_ row: PostgresRow) throws -> MaintenanceWindow {
        var fields = MaintenanceFields()
        fields.id = try row.int("id")
        fields.revision = Int(try row.int("revision"))
        fields.title = try row.text("title")
        fields.description = try row.optionalText("description")
        fields.plan = try MaintenancePlanFields(row)
        fields.countsFrom = try row.int("counts_from")
        fields.createdAt = try row.int("created_at")
        fields.updatedAt = try row.int("updated_at")
        return try fields.window()
    }

    // MARK: Changing

    func add(_ settings: MaintenanceSettings) async throws -> MaintenanceWindow {
        let open = try await connection.query(
            "SELECT count(DISTINCT window_id) AS count FROM maintenance_term WHERE until_at > $1",
            [.int(now.milliseconds)]
        ).first?.int("count")
        try MaintenanceChange.checkRoom(Int(open ?? 0))
        let fields = try MaintenanceFields(
            MaintenanceChange.adding(settings, id: MaintenanceID(rawValue: 0), now: now).window
        )
        let row = try await connection.query(
            """
            INSERT INTO maintenance (revision, title, description, scope, start_at, duration_ms, zone, rule, counts_from,
            created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) RETURNING id
            """,
            Self.values(fields) + [.int(fields.updatedAt)]
        ).first
        let id = MaintenanceID(rawValue: try row?.int("id") ?? 0)
        let change = MaintenanceChange.adding(settings, id: id, now: now)
        if let term = change.term { try await MaintenanceTerms.insert(term, of: id, connection) }
        try await finish("maintenance.add", id)
        return change.window
    }

    func update(
        _ id: MaintenanceID,
        to settings: MaintenanceSettings,
        revision: Int?
    ) async throws -> MaintenanceWindow {
        let old = try await lock(id)
        try MaintenanceChange.check(revision, of: old)
        guard let change = MaintenanceChange.updating(old, to: settings, now: now) else { return old }
        try await carryOut(change)
        try await finish("maintenance.update", id)
        return change.window
    }

    func end(_ id: MaintenanceID) async throws -> MaintenanceWindow {
        let change = try MaintenanceChange.ending(try await lock(id), now: now)
        try await carryOut(change)
        try await finish("maintenance.end", id)
        return change.window
    }

    func remove(_ id: MaintenanceID) async throws {
        _ = try await lock(id)
        try await connection.execute(
            "UPDATE maintenance SET removed_at = $2 WHERE id = $1",
            [.int(id.rawValue), .int(now.milliseconds)]
        )
        try await MaintenanceTerms.end(of: id, at: now, connection)
        try await finish("maintenance.remove", id)
    }

    private func lock(_ id: MaintenanceID) async throws -> MaintenanceWindow {
        guard let window = try await Self.find(id, connection, lock: true) else { throw MaintenanceChange.notFound(id) }
        return window
    }

    private func carryOut(_ change: MaintenanceChange) async throws {
        let fields = try MaintenanceFields(change.window)
        try await connection.execute(
            """
            UPDATE maintenance SET revision = $1, title = $2, description = $3, scope = $4, start_at = $5,
            duration_ms = $6, zone = $7, rule = $8, counts_from = $9, updated_at = $10 WHERE id = $11
            """,
            Self.values(fields) + [.int(fields.updatedAt), .int(fields.id)]
        )
        let id = change.window.id
        if change.endsTerms { try await MaintenanceTerms.end(of: id, at: now, connection) }
        if let term = change.term { try await MaintenanceTerms.insert(term, of: id, connection) }
    }

    private static func values(_ fields: MaintenanceFields) -> [PostgresValue] {
        [
            .int(Int64(fields.revision)), .text(fields.title), .text(fields.description), .text(fields.plan.scope),
            .int(fields.plan.startAt), .int(fields.plan.durationMs), .text(fields.plan.zone), .text(fields.plan.rule),
            .int(fields.countsFrom),
        ]
    }

    private func finish(_ action: String, _ id: MaintenanceID) async throws {
        try await Audit(connection: connection, now: now, author: author).record(action, [id])
        _ = try await MaintenanceDisplay(connection: connection, now: now).apply()
    }
}
