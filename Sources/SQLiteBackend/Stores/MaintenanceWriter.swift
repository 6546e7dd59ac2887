internal import GRDB
internal import Monitoring
internal import StoredForms

/// Writes maintenance windows with their terms, within one transaction.
struct MaintenanceWriter {
    let db: Database
    let now: Timestamp
    let author: Author

    private static let columns = """
        id, revision, title, description, scope, startAt, durationMs, zone, rule, countsFrom, createdAt, updatedAt
        """

    // MARK: Finding

    static func find(_ id: MaintenanceID, _ db: Database) throws -> MaintenanceWindow? {
        let sql = "SELECT \(columns) FROM maintenance WHERE id = ? AND removedAt IS NULL"
        return try Row.fetchOne(db, sql: sql, arguments: [id.rawValue]).map(window)
    }

    static func before(_ id: MaintenanceID?, limit: Int, _ db: Database) throws -> [MaintenanceWindow] {
        let sql = "SELECT \(columns) FROM maintenance WHERE id < ? AND removedAt IS NULL ORDER BY id DESC LIMIT ?"
        return try Row.fetchAll(db, sql: sql, arguments: [id?.rawValue ?? .max, limit]).map(window)
    }

    /// The windows of which something reaches beyond a moment.
    static func windows(reachingBeyond moment: Timestamp, _ db: Database) throws -> [MaintenanceWindow] {
        let sql = """
            SELECT \(columns) FROM maintenance WHERE removedAt IS NULL
            AND id IN (SELECT windowID FROM maintenanceTerm WHERE untilAt > ?) ORDER BY id
            """
        return try Row.fetchAll(db, sql: sql, arguments: [moment.milliseconds]).map(window)
    }

    private static func window(_ row: Row) throws -> MaintenanceWindow {
        var fields = MaintenanceFields()
        fields.id = row[0]
        fields.revision = row[1]
        fields.title = row[2]
        fields.description = row[3]
        fields.plan = MaintenancePlanFields(row, from: 4)
        fields.countsFrom = row[9]
        fields.createdAt = row[10]
        fields.updatedAt = row[11]
        return try fields.window()
    }

    // MARK: Changing

    func add(_ settings: MaintenanceSettings) throws -> MaintenanceWindow {
        let open = try Int.fetchOne(
            db,
            sql: "SELECT count(DISTINCT windowID) FROM maintenanceTerm WHERE untilAt > ?",
            arguments: [now.milliseconds]
        )
        try MaintenanceChange.checkRoom(open ?? 0)
        let change = MaintenanceChange.adding(settings, id: MaintenanceID(rawValue: 0), now: now)
        let fields = try MaintenanceFields(change.window)
        try db.execute(
            sql: """
                INSERT INTO maintenance (revision, title, description, scope, startAt, durationMs, zone, rule, countsFrom,
                createdAt, updatedAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                fields.revision, fields.title, fields.description, fields.plan.scope, fields.plan.startAt,
                fields.plan.durationMs, fields.plan.zone, fields.plan.rule, fields.countsFrom, fields.createdAt,
                fields.updatedAt,
            ]
        )
        let id = MaintenanceID(rawValue: db.lastInsertedRowID)
        if let term = change.term { try MaintenanceTerms.insert(term, of: id, db) }
        try finish("maintenance.add", id)
        return MaintenanceChange.adding(settings, id: id, now: now).window
    }

    func update(_ id: MaintenanceID, to settings: MaintenanceSettings, revision: Int?) throws -> MaintenanceWindow {
        let old = try window(id)
        try MaintenanceChange.check(revision, of: old)
        guard let change = MaintenanceChange.updating(old, to: settings, now: now) else { return old }
        try carryOut(change)
        try finish("maintenance.update", id)
        return change.window
    }

    func end(_ id: MaintenanceID) throws -> MaintenanceWindow {
        let change = try MaintenanceChange.ending(try window(id), now: now)
        try carryOut(change)
        try finish("maintenance.end", id)
        return change.window
    }

    func remove(_ id: MaintenanceID) throws {
        _ = try window(id)
        try db.execute(
            sql: "UPDATE maintenance SET removedAt = ? WHERE id = ?",
            arguments: [now.milliseconds, id.rawValue]
        )
        try MaintenanceTerms.end(of: id, at: now, db)
        try finish("maintenance.remove", id)
    }

    private func window(_ id: MaintenanceID) throws -> MaintenanceWindow {
        guard let window = try Self.find(id, db) else { throw MaintenanceChange.notFound(id) }
        return window
    }

    private func carryOut(_ change: MaintenanceChange) throws {
        let fields = try MaintenanceFields(change.window)
        try db.execute(
            sql: """
                UPDATE maintenance SET revision = ?, title = ?, description = ?, scope = ?, startAt = ?, durationMs = ?,
                zone = ?, rule = ?, countsFrom = ?, updatedAt = ? WHERE id = ?
                """,
            arguments: [
                fields.revision, fields.title, fields.description, fields.plan.scope, fields.plan.startAt,
                fields.plan.durationMs, fields.plan.zone, fields.plan.rule, fields.countsFrom, fields.updatedAt,
                fields.id,
            ]
        )
        if change.endsTerms { try MaintenanceTerms.end(of: change.window.id, at: now, db) }
        if let term = change.term { try MaintenanceTerms.insert(term, of: change.window.id, db) }
    }

    private func finish(_ action: String, _ id: MaintenanceID) throws {
        try Audit(db: db, now: now, author: author).record(action, id.description)
        _ = try MaintenanceDisplay(now: now).apply(db)
    }
}
