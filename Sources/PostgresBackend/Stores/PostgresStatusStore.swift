package import Monitoring
internal import StoredForms

/// What the status page shows and reads, in PostgreSQL.
package struct PostgresStatusStore: StatusStore {
    private let database: PostgresDatabase
    private let time: any TimeSource

    package init(database: PostgresDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    package func choice() async throws -> StatusPageChoice {
        try await database.read { try await Self.choice($0) }
    }

    package func choose(
        _ settings: StatusPageSettings,
        revision: Int?,
        by author: Author
    ) async throws -> StatusPageChoice {
        let now = time.now()
        return try await database.write { connection in
            let old = try await Self.choice(connection, lock: true)
            try old.check(revision)
            guard settings != old.settings else { return old }
            try await connection.execute(
                "UPDATE status_page SET revision = revision + 1, settings = $1, updated_at = $2",
                [.text(try StoredJSON.text(settings)), .int(now.milliseconds)]
            )
            let page = Identifier<StatusPageSettings>(rawValue: 1)
            try await Audit(connection: connection, now: now, author: author).record("statusPage.update", [page])
            return try await Self.choice(connection)
        }
    }

    private static func choice(_ connection: PostgresConnection, lock: Bool = false) async throws -> StatusPageChoice {
        let locking: SQL = lock ? "FOR UPDATE" : ""
        let rows = try await connection.query("SELECT key, revision, settings, updated_at FROM status_page \(locking)")
        var fields = StatusPageFields()
        if let row = rows.first {
            fields.key = try row.text("key")
            fields.revision = try row.int("revision")
            fields.settings = try row.optionalText("settings")
            fields.updatedAt = try row.optionalInt("updated_at")
        }
        return try fields.choice()
    }

    package func standings(of selection: SiteSelection, limit: Int) async throws -> [SiteStanding] {
        let condition: SQL
        let order: SQL
        var values: [PostgresValue] = [.int(Int64(max(limit, 0)))]
        switch selection {
        case .all: (condition, order) = ("", "site.id")
        case .these(let sites, let tags):
            condition = "AND (site.id = ANY ($2) OR site.tags ?| $3)"
            order = "site.id = ANY ($2) DESC, site.id"
            values += [.ints(sites.map(\.rawValue)), .texts(tags)]
        }
        let parameters = values
        let standings = try await database.read { connection in
            try await connection.query(
                """
                SELECT site.id, site.name, site.settings::jsonb ->> 'group' AS site_group, site.tags::text AS tags,
                CASE WHEN site.paused_at IS NULL THEN site_state.status ELSE 'paused' END AS status, site.created_at
                FROM site JOIN site_state ON site_state.site_id = site.id
                WHERE site.removed_at IS NULL \(condition) ORDER BY \(order) LIMIT $1
                """,
                parameters
            ).map { row in
                SiteStanding(
                    site: SiteID(rawValue: try row.int("id")),
                    name: try row.text("name"),
                    group: try row.optionalText("site_group"),
                    tags: try row.optionalText("tags").map { try StoredJSON.value(from: $0) } ?? [],
                    status: SiteStatus(rawValue: try row.text("status")) ?? .unknown,
                    createdAt: Timestamp(milliseconds: try row.int("created_at"))
                )
            }
        }
        return standings.sorted { $0.site < $1.site }
    }

    package func outages(of sites: [SiteID], in span: Range<Timestamp>) async throws -> [Outage] {
        try await database.read { connection in
            try await connection.query(
                """
                SELECT id, site_id, started_at, ended_at FROM incident
                WHERE site_id = ANY ($1) AND (ended_at IS NULL OR ended_at > $2) AND started_at < $3 ORDER BY id
                """,
                [
                    .ints(sites.map(\.rawValue)), .int(span.lowerBound.milliseconds),
                    .int(span.upperBound.milliseconds),
                ]
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
