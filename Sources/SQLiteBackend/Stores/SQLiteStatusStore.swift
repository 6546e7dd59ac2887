internal import GRDB
package import Monitoring
internal import StoredForms

/// What the status page shows and reads, in SQLite.
package struct SQLiteStatusStore: StatusStore {
    private let database: SQLiteDatabase
    private let time: any TimeSource

    package init(database: SQLiteDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    package func choice() async throws -> StatusPageChoice {
        try await database.reading { try Self.choice($0) }
    }

    package func choose(
        _ settings: StatusPageSettings,
        revision: Int?,
        by author: Author
    ) async throws -> StatusPageChoice {
        let now = time.now()
        return try await database.writing { db in
            let old = try Self.choice(db)
            try old.check(revision)
            guard settings != old.settings else { return old }
            try db.execute(
                sql: "UPDATE statusPage SET revision = revision + 1, settings = ?, updatedAt = ?",
                arguments: [try StoredJSON.text(settings), now.milliseconds]
            )
            try Audit(db: db, now: now, author: author).record("statusPage.update", "1")
            return try Self.choice(db)
        }
    }

    private static func choice(_ db: Database) throws -> StatusPageChoice {
        let sql = "SELECT key, revision, settings, updatedAt FROM statusPage"
        var fields = StatusPageFields()
        if let row = try Row.fetchOne(try db.cachedStatement(sql: sql)) {
            fields.key = row[0]
            fields.revision = row[1]
            fields.settings = row[2]
            fields.updatedAt = row[3]
        }
        return try fields.choice()
    }

    package func standings(of selection: SiteSelection, limit: Int) async throws -> [SiteStanding] {
        let condition: String
        let order: String
        var arguments: StatementArguments
        switch selection {
        case .all: (condition, order, arguments) = ("", "site.id", [])
        case .these(let sites, let tags):
            condition = """
                AND (site.id IN (SELECT value FROM json_each(?1)) OR EXISTS (
                    SELECT 1 FROM json_each(site.settings, '$.tags') AS tag
                    WHERE tag.value IN (SELECT value FROM json_each(?2))))
                """
            order = "site.id IN (SELECT value FROM json_each(?1)) DESC, site.id"
            arguments = [IDList.text(sites), try StoredJSON.text(tags)]
        }
        arguments += [max(limit, 0)]
        let sql = """
            SELECT site.id, site.name, json_extract(site.settings, '$.group'), json_extract(site.settings, '$.tags'),
            CASE WHEN site.pausedAt IS NULL THEN siteState.status ELSE 'paused' END, site.createdAt
            FROM site JOIN siteState ON siteState.siteID = site.id
            WHERE site.removedAt IS NULL \(condition) ORDER BY \(order) LIMIT ?
            """
        let values = arguments
        let standings = try await database.reading { db in
            try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: values).map { row in
                SiteStanding(
                    site: SiteID(rawValue: row[0]),
                    name: row[1],
                    group: row[2],
                    tags: try (row[3] as String?).map { try StoredJSON.value(from: $0) } ?? [],
                    status: SiteStatus(rawValue: row[4]) ?? .unknown,
                    createdAt: Timestamp(milliseconds: row[5])
                )
            }
        }
        return standings.sorted { $0.site < $1.site }
    }

    package func outages(of sites: [SiteID], in span: Range<Timestamp>) async throws -> [Outage] {
        try await database.reading { db in
            let sql = """
                SELECT incident.id, incident.siteID, incident.startedAt, incident.endedAt
                FROM json_each(?) AS page CROSS JOIN incident ON incident.siteID = page.value
                AND (incident.endedAt IS NULL OR incident.endedAt > ?)
                WHERE incident.startedAt < ? ORDER BY incident.id
                """
            return try Row.fetchAll(
                try db.cachedStatement(sql: sql),
                arguments: [IDList.text(sites), span.lowerBound.milliseconds, span.upperBound.milliseconds]
            ).map { row in
                Outage(
                    incident: IncidentID(rawValue: row[0]),
                    site: SiteID(rawValue: row[1]),
                    startedAt: Timestamp(milliseconds: row[2]),
                    endedAt: (row[3] as Int64?).map { Timestamp(milliseconds: $0) }
                )
            }
        }
    }
}
