internal import GRDB
package import Monitoring

/// What the status page reads, in SQLite.
package struct SQLiteStatusStore: StatusStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) {
        self.database = database
    }

    package func standings(limit: Int) async throws -> [SiteStanding] {
        try await database.reading { db in
            let sql = """
                SELECT site.id, site.name, json_extract(site.settings, '$.group'),
                CASE WHEN site.pausedAt IS NULL THEN siteState.status ELSE 'paused' END, site.createdAt
                FROM site JOIN siteState ON siteState.siteID = site.id
                WHERE site.removedAt IS NULL ORDER BY site.id LIMIT ?
                """
            return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: [max(limit, 0)]).map { row in
                SiteStanding(
                    site: SiteID(rawValue: row[0]),
                    name: row[1],
                    group: row[2],
                    status: SiteStatus(rawValue: row[3]) ?? .unknown,
                    createdAt: Timestamp(milliseconds: row[4])
                )
            }
        }
    }

    package func outages(of sites: [SiteID], since moment: Timestamp) async throws -> [Outage] {
        try await database.reading { db in
            let sql = """
                SELECT incident.id, incident.siteID, incident.startedAt, incident.endedAt
                FROM json_each(?) AS page CROSS JOIN incident ON incident.siteID = page.value
                AND (incident.endedAt IS NULL OR incident.endedAt > ?)
                ORDER BY incident.id
                """
            return try Row.fetchAll(
                try db.cachedStatement(sql: sql),
                arguments: [IDList.text(sites), moment.milliseconds]
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
