package import Monitoring

/// What the status page reads, in PostgreSQL.
package struct PostgresStatusStore: StatusStore {
    private let database: PostgresDatabase

    package init(database: PostgresDatabase) {
        self.database = database
    }

    package func standings(limit: Int) async throws -> [SiteStanding] {
        try await database.read { connection in
            try await connection.query(
                """
                SELECT site.id, site.name, site.settings::jsonb ->> 'group' AS site_group,
                CASE WHEN site.paused_at IS NULL THEN site_state.status ELSE 'paused' END AS status, site.created_at
                FROM site JOIN site_state ON site_state.site_id = site.id
                WHERE site.removed_at IS NULL ORDER BY site.id LIMIT $1
                """,
                [.int(Int64(max(limit, 0)))]
            ).map { row in
                SiteStanding(
                    site: SiteID(rawValue: try row.int("id")),
                    name: try row.text("name"),
                    group: try row.optionalText("site_group"),
                    status: SiteStatus(rawValue: try row.text("status")) ?? .unknown,
                    createdAt: Timestamp(milliseconds: try row.int("created_at"))
                )
            }
        }
    }

    package func outages(of sites: [SiteID], since moment: Timestamp) async throws -> [Outage] {
        try await database.read { connection in
            try await connection.query(
                """
                SELECT id, site_id, started_at, ended_at FROM incident
                WHERE site_id = ANY($1) AND (ended_at IS NULL OR ended_at > $2) ORDER BY id
                """,
                [.ints(sites.map(\.rawValue)), .int(moment.milliseconds)]
            ).map { row in
                Outage(
                    incident: IncidentID(rawValue: try row.int("id")),
                    site: SiteID(rawValue: try row.int("site_id")),
                    startedAt: Timestamp(milliseconds: try row.int("started_at")),
                    endedAt: try row.optionalInt("ended_at").map { Timestamp(milliseconds: $0) }
                )
            }
        }
    }
}
