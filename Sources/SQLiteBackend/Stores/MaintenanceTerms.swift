internal import GRDB
internal import Monitoring
internal import StoredForms

/// The rows of `maintenanceTerm`.
enum MaintenanceTerms {
    /// When which sites are in maintenance within a span: one seek in the index of ends, where there is nothing.
    static func calendar(_ span: Range<Timestamp>, _ db: Database) throws -> MaintenanceCalendar {
        let sql = """
            SELECT fromAt, untilAt, scope, startAt, durationMs, zone, rule FROM maintenanceTerm
            WHERE untilAt > ? AND fromAt < ? AND fromAt < untilAt
            """
        let cursor = try Row.fetchCursor(
            try db.cachedStatement(sql: sql),
            arguments: [span.lowerBound.milliseconds, span.upperBound.milliseconds]
        )
        var terms: [MaintenanceTerm] = []
        while let row = try cursor.next() {
            var fields = MaintenanceTermFields()
            fields.fromAt = row[0]
            fields.untilAt = row[1]
            fields.plan = MaintenancePlanFields(row, from: 2)
            terms.append(try fields.term())
        }
        return terms.isEmpty ? .empty : MaintenanceCalendar(terms, in: span)
    }

    static func insert(_ term: MaintenanceTerm, of window: MaintenanceID, _ db: Database) throws {
        let fields = try MaintenanceTermFields(term)
        try db.execute(
            sql: """
                INSERT INTO maintenanceTerm (windowID, fromAt, untilAt, scope, startAt, durationMs, zone, rule)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                window.rawValue, fields.fromAt, fields.untilAt, fields.plan.scope, fields.plan.startAt,
                fields.plan.durationMs, fields.plan.zone, fields.plan.rule,
            ]
        )
    }

    /// Ends what is in force of a window, and takes away what was only to come.
    static func end(of window: MaintenanceID, at now: Timestamp, _ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM maintenanceTerm WHERE windowID = ? AND fromAt >= ?",
            arguments: [window.rawValue, now.milliseconds]
        )
        try db.execute(
            sql: "UPDATE maintenanceTerm SET untilAt = ? WHERE windowID = ? AND untilAt > ?",
            arguments: [now.milliseconds, window.rawValue, now.milliseconds]
        )
    }
}

extension MaintenancePlanFields {
    init(_ row: Row, from start: Int) {
        self.init()
        scope = row[start]
        startAt = row[start + 1]
        durationMs = row[start + 2]
        zone = row[start + 3]
        rule = row[start + 4]
    }
}
