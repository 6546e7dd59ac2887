internal import GRDB
internal import Monitoring

/// A row of `incident`.
enum IncidentRecord {
    /// The columns, in the order in which ``incident(_:)`` reads them.
    static let columns = """
        incident.id, incident.siteID, incident.siteName, incident.startedAt, incident.endedAt, incident.failure, \
        incident.statusCode, incident.regions, incident.acknowledgedAt, incident.acknowledgedBy
        """

    static func incident(_ row: Row) throws -> Incident {
        Incident(
            id: IncidentID(rawValue: row[0]),
            site: SiteID(rawValue: row[1]),
            siteName: row[2],
            startedAt: Timestamp(milliseconds: row[3]),
            endedAt: (row[4] as Int64?).map { Timestamp(milliseconds: $0) },
            failure: try (row[5] as String?).map { try StoredJSON.value(from: $0) },
            statusCode: row[6],
            regions: try StoredJSON.value(from: row[7]),
            acknowledgedAt: (row[8] as Int64?).map { Timestamp(milliseconds: $0) },
            acknowledgedBy: row[9]
        )
    }

    static func open(_ opening: IncidentMachine.Opening, of site: Site, _ db: Database) throws -> IncidentID {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO incident (siteID, siteName, startedAt, failure, statusCode, regions) VALUES (?, ?, ?, ?, ?, ?)
                """
        )
        try statement.execute(
            arguments: [
                site.id.rawValue, site.settings.name, opening.startedAt.milliseconds,
                try opening.failure.map { try StoredJSON.text($0) }, opening.statusCode,
                try StoredJSON.text(opening.regions),
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
