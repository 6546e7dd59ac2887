internal import GRDB
internal import Monitoring
internal import StoredForms

/// The rows of `manualIncident`.
enum ManualIncidentRecord {
    private static let columns = "id, title, sites, startedAt, endedAt, openedBy"

    static func find(_ id: IncidentID, _ db: Database) throws -> ManualIncident? {
        let sql = "SELECT \(columns) FROM manualIncident WHERE id = ?"
        return try Row.fetchOne(try db.cachedStatement(sql: sql), arguments: [id.rawValue]).map(incident)
    }

    static func page(_ query: IncidentQuery, _ db: Database) throws -> [ManualIncident] {
        var conditions = ["id < ?"]
        var arguments: StatementArguments = [query.before?.rawValue ?? .max]
        if let site = query.site {
            conditions.append("EXISTS (SELECT 1 FROM json_each(sites) WHERE value = ?)")
            arguments += [site.rawValue]
        }
        if let isOpen = query.isOpen { conditions.append(isOpen ? "endedAt IS NULL" : "endedAt IS NOT NULL") }
        arguments += [max(query.limit, 0)]
        let sql = """
            SELECT \(columns) FROM manualIncident WHERE \(conditions.joined(separator: " AND "))
            ORDER BY id DESC LIMIT ?
            """
        return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: arguments).map(incident)
    }

    static func reaching(into span: Range<Timestamp>, limit: Int, _ db: Database) throws -> [ManualIncident] {
        let sql = """
            SELECT \(columns) FROM manualIncident WHERE startedAt < ? AND (endedAt IS NULL OR endedAt > ?)
            ORDER BY id DESC LIMIT ?
            """
        return try Row.fetchAll(
            try db.cachedStatement(sql: sql),
            arguments: [span.upperBound.milliseconds, span.lowerBound.milliseconds, max(limit, 0)]
        ).map(incident)
    }

    /// Takes a number of the series of `incident`, so that a number stands for one incident, of whichever kind.
    static func reserve(_ db: Database) throws -> IncidentID {
        try db.execute(sql: "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'incident'")
        if db.changesCount == 0 {
            // There is a row from the first insertion on (https://sqlite.org/autoinc.html).
            try db.execute(sql: "INSERT INTO sqlite_sequence (name, seq) VALUES ('incident', 1)")
        }
        let number = try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'incident'")
        return IncidentID(rawValue: number ?? 0)
    }

    static func insert(_ incident: ManualIncident, _ db: Database) throws {
        let fields = try ManualIncidentFields(incident)
        try db.execute(
            sql: "INSERT INTO manualIncident (\(columns)) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [fields.id, fields.title, fields.sites, fields.startedAt, fields.endedAt, fields.openedBy]
        )
    }

    static func end(_ id: IncidentID, at now: Timestamp, _ db: Database) throws {
        try db.execute(
            sql: "UPDATE manualIncident SET endedAt = ? WHERE id = ?",
            arguments: [now.milliseconds, id.rawValue]
        )
    }

    private static func incident(_ row: Row) throws -> ManualIncident {
        var fields = ManualIncidentFields()
        fields.id = row[0]
        fields.title = row[1]
        fields.sites = row[2]
        fields.startedAt = row[3]
        fields.endedAt = row[4]
        fields.openedBy = row[5]
        return try fields.incident()
    }
}

/// The rows of `incidentUpdate`.
enum IncidentUpdateRecord {
    static func of(_ incidents: [IncidentID], _ db: Database) throws -> [IncidentUpdate] {
        guard !incidents.isEmpty else { return [] }
        let sql = """
            SELECT u.id, u.incidentID, u.at, u.status, u.message, u.author FROM json_each(?) AS page
            CROSS JOIN incidentUpdate AS u ON u.incidentID = page.value ORDER BY u.id
            """
        return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: [IDList.text(incidents)]).map { row in
            var fields = IncidentUpdateFields()
            fields.id = row[0]
            fields.incident = row[1]
            fields.at = row[2]
            fields.status = row[3]
            fields.message = row[4]
            fields.author = row[5]
            return try fields.update()
        }
    }

    static func insert(
        _ message: IncidentMessage,
        of incident: IncidentID,
        at now: Timestamp,
        by author: Author,
        _ db: Database
    ) throws {
        try db.execute(
            sql: "INSERT INTO incidentUpdate (incidentID, at, status, message, author) VALUES (?, ?, ?, ?, ?)",
            arguments: [incident.rawValue, now.milliseconds, message.status.rawValue, message.text, author.name]
        )
    }
}
