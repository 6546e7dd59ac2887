internal import Monitoring
internal import StoredForms

/// Reads a page of sites with their standing: five statements, whatever the page's size, and one more for each further
/// status where trouble comes first.
struct OverviewReader {
    let connection: PostgresConnection
    let now: Timestamp
    let secrets: SecretBox

    func page(_ query: SiteQuery) async throws -> SitePage {
        guard query.limit > 0 else { return SitePage(items: [], next: nil) }
        var page = OverviewPage(try await rows(query), limit: query.limit)
        guard !page.ids.isEmpty else { return SitePage(items: [], next: nil) }
        let ids = PostgresValue.ints(page.ids.map(\.rawValue))
        page.latest = try await latestResults(ids)
        if query.beats > 0 { page.beats = try await beats(ids, query.beats) }
        page.outages = try await outages(ids)
        page.calendar = try await MaintenanceTerms.calendar((now - .milliseconds(OverviewPage.day))..<now, connection)
        return page.page(query, now: now)
    }

    static func statusCounts(_ connection: PostgresConnection) async throws -> [SiteStatus: Int] {
        func counts(_ sql: SQL) async throws -> [(status: String, count: Int)] {
            try await connection.query(sql).map { (try $0.text("status"), Int(try $0.int("count"))) }
        }
        return [SiteStatus: Int](
            states: try await counts("SELECT status, count(*) AS count FROM site_state GROUP BY status"),
            paused: try await counts(
                """
                SELECT site_state.status, count(*) AS count FROM site JOIN site_state ON site_state.site_id = site.id
                WHERE site.paused_at IS NOT NULL AND site.removed_at IS NULL GROUP BY site_state.status
                """
            )
        )
    }

    // MARK: Sites

    private func rows(_ query: SiteQuery) async throws -> [OverviewPage.Row] {
        var rows: [OverviewPage.Row] = []
        for part in query.partsByTrouble where rows.count <= query.limit {
            rows += try await self.rows(part, limit: query.limit + 1 - rows.count)
        }
        return rows
    }

    private func rows(_ query: SiteQuery, limit: Int) async throws -> [OverviewPage.Row] {
        let search = query.search.flatMap { $0.isEmpty ? nil : OverviewPage.pattern(containing: $0) }
        // The place is said of both tables, since the planner does not conclude it and would read one from its beginning.
        var conditions: [SQL] = ["site.removed_at IS NULL"]
        switch query.order {
        case .added, .trouble: conditions += ["site.id > $1", "site_state.site_id > $1"]
        case .name where query.after != nil:
            conditions.append("(lower(site.name), site.id) > ((SELECT lower(name) FROM site WHERE id = $1), $1)")
        case .name: break
        }
        if search != nil { conditions.append("(site.name ILIKE $3 OR site.url ILIKE $3)") }
        switch query.status {
        case nil: break
        case .paused?: conditions.append("site.paused_at IS NOT NULL")
        case _?: conditions.append("site_state.status = $4 AND site.paused_at IS NULL")
        }
        if query.tag != nil { conditions.append("site.tags ? $5") }
        if query.group != nil { conditions.append("site.settings::jsonb ->> 'group' = $6") }
        let rows = try await connection.query(
            """
            SELECT \(SiteFields.columns), site_state.status, site_state.since
            FROM site JOIN site_state ON site_state.site_id = site.id
            WHERE \(SQL.joined(conditions, separator: " AND ")) 
            ORDER BY \(query.order == .name ? "lower(site.name), site.id" : "site.id") LIMIT $2
            """,
            [
                .int(query.after?.rawValue ?? 0), .int(Int64(limit)), .text(search),
                .text(query.status?.rawValue), .text(query.tag), .text(query.group),
            ]
        )
        return try rows.map { row in
            try OverviewPage.Row(
                SiteFields(row),
                status: try row.text("status"),
                since: try row.int("since"),
                secrets: secrets
            )
        }
    }

    static func labels(_ connection: PostgresConnection) async throws -> SiteLabels {
        let tags = try await connection.query(
            """
            SELECT DISTINCT tag.value FROM site CROSS JOIN LATERAL jsonb_array_elements_text(site.tags) AS tag (value)
            WHERE site.removed_at IS NULL AND site.tags IS NOT NULL ORDER BY 1 LIMIT $1
            """,
            [.int(Int64(SiteLabels.most))]
        )
        let groups = try await connection.query(
            """
            SELECT DISTINCT site.settings::jsonb ->> 'group' AS value FROM site
            WHERE site.removed_at IS NULL AND site.settings::jsonb ->> 'group' IS NOT NULL ORDER BY 1 LIMIT $1
            """,
            [.int(Int64(SiteLabels.most))]
        )
        return SiteLabels(tags: try tags.map { try $0.text("value") }, groups: try groups.map { try $0.text("value") })
    }

    // MARK: Results

    /// The newest result of each site: one seek a site in the primary key.
    private static let latestSQL: SQL = """
        SELECT page.id AS site_id, \(ResultFields.columns)
        FROM unnest($1) AS page (id)
        CROSS JOIN LATERAL (
            SELECT * FROM result WHERE result.site_id = page.id ORDER BY result.slot DESC, result.region DESC LIMIT 1
        ) AS result
        """

    private func latestResults(_ ids: PostgresValue) async throws -> [SiteID: StoredResult] {
        var results: [SiteID: StoredResult] = [:]
        for row in try await connection.query(Self.latestSQL, [ids]) {
            results[SiteID(rawValue: try row.int("site_id"))] = try ResultFields(row).result()
        }
        return results
    }

    /// The newest results of each site: a range of the primary key from its end.
    private static let beatsSQL: SQL = """
        SELECT page.id AS site_id, result.slot, result.verdict, result.total
        FROM unnest($1) AS page (id)
        CROSS JOIN LATERAL (
            SELECT slot, region, verdict, total FROM result
            WHERE result.site_id = page.id ORDER BY slot DESC, region DESC LIMIT $2
        ) AS result
        ORDER BY page.id, result.slot, result.region
        """

    private func beats(_ ids: PostgresValue, _ count: Int) async throws -> [SiteID: [Beat]] {
        var beats: [SiteID: [Beat]] = [:]
        for row in try await connection.query(Self.beatsSQL, [ids, .int(Int64(count))]) {
            let beat = Beat(
                slot: Timestamp(milliseconds: try row.int("slot")),
                verdict: try ResultFields.verdict(Int(try row.int("verdict"))),
                total: try row.optionalInt("total").map { .microseconds($0) }
            )
            beats[SiteID(rawValue: try row.int("site_id")), default: []].append(beat)
        }
        return beats
    }

    // MARK: Uptime

    private func outages(_ ids: PostgresValue) async throws -> Outages {
        try Outages(
            try await connection.query(
                """
                SELECT site_id, started_at, ended_at FROM incident
                WHERE site_id = ANY($1) AND (ended_at IS NULL OR ended_at > $3) AND started_at < $2
                """,
                [ids, .int(now.milliseconds), .int(now.milliseconds - OverviewPage.day)]
            )
        )
    }
}
