internal import GRDB
internal import Monitoring
internal import StoredForms

/// A row of `incident`.
enum IncidentRecord {
    /// The columns, in the order in which ``incident(_:)`` reads them.
    static let columns = """
        incident.id, incident.siteID, incident.siteName, incident.startedAt, incident.endedAt, incident.failure, \
        incident.statusCode, incident.regions, incident.acknowledgedAt, incident.acknowledgedBy
        """

    static func incident(_ row: Row) throws -> Incident {
        var fields = IncidentFields()
        fields.id = row[0]
        fields.site = row[1]
        fields.siteName = row[2]
        fields.startedAt = row[3]
        fields.endedAt = row[4]
        fields.failure = row[5]
        fields.statusCode = row[6]
        fields.regions = row[7]
        fields.acknowledgedAt = row[8]
        fields.acknowledgedBy = row[9]
        return try fields.incident()
    }

    static func open(_ opening: IncidentMachine.Opening, of site: Site, _ db: Database) throws -> IncidentID {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO incident (siteID, siteName, startedAt, failure, statusCode, regions) VALUES (?, ?, ?, ?, ?, ?)
                """
        )
        let fields = try IncidentFields(opening, of: site)
        try statement.execute(
            arguments: [
                fields.site, fields.siteName, fields.startedAt, fields.failure, fields.statusCode, fields.regions,
            ]
        )
        return IncidentID(rawValue: db.lastInsertedRowID)
    }

    static func close(_ id: IncidentID, at moment: Timestamp, _ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE incident SET endedAt = ? WHERE id = ? AND endedAt IS NULL")
            .execute(arguments: [moment.milliseconds, id.rawValue])
    }

    /// One incident of a site that is registered.
    static func find(_ id: IncidentID, _ db: Database) throws -> Incident? {
        let sql = """
            SELECT \(columns) FROM incident JOIN site ON site.id = incident.siteID
            WHERE incident.id = ? AND site.removedAt IS NULL
            """
        return try Row.fetchOne(try db.cachedStatement(sql: sql), arguments: [id.rawValue]).map { try incident($0) }
    }

    static func page(_ query: IncidentQuery, _ db: Database) throws -> [Incident] {
        var conditions = ["site.removedAt IS NULL", "incident.id < ?"]
        var arguments: StatementArguments = [query.before?.rawValue ?? .max]
        if let site = query.site {
            conditions.append("incident.siteID = ?")
            arguments += [site.rawValue]
        }
        if let isOpen = query.isOpen {
            conditions.append(isOpen ? "incident.endedAt IS NULL" : "incident.endedAt IS NOT NULL")
        }
        arguments += [max(query.limit, 0)]
        let sql = """
            SELECT \(columns) FROM incident JOIN site ON site.id = incident.siteID
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY incident.id DESC LIMIT ?
            """
        return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: arguments).map { try incident($0) }
    }
}
