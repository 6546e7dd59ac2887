internal import GRDB
internal import Monitoring
internal import StoredForms

/// Reads a page of sites with their standing: five queries, whatever the page's size, and one more for each further status
/// where trouble comes first.
struct OverviewReader {
    let now: Timestamp
    let secrets: SecretBox

    func page(_ query: SiteQuery, _ db: Database) throws -> SitePage {
        guard query.limit > 0 else { return SitePage(items: [], next: nil) }
        var page = OverviewPage(try rows(query, db), limit: query.limit)
        guard !page.ids.isEmpty else { return SitePage(items: [], next: nil) }
        let ids = IDList.text(page.ids)
        page.latest = try latestResults(ids, db)
        if query.beats > 0 { page.beats = try beats(ids, query.beats, db) }
        page.outages = try outages(ids, db)
        page.calendar = try MaintenanceTerms.calendar((now - .milliseconds(OverviewPage.day))..<now, db)
        return page.page(query, now: now)
    }

    static func statusCounts(_ db: Database) throws -> [SiteStatus: Int] {
        func counts(_ sql: String) throws -> [(status: String, count: Int)] {
            try Row.fetchAll(db, sql: sql).map { ($0[0], $0[1]) }
        }
        return [SiteStatus: Int](
            states: try counts("SELECT status, count(*) FROM siteState GROUP BY status"),
            paused: try counts(
                """
                SELECT siteState.status, count(*) FROM site CROSS JOIN siteState ON siteState.siteID = site.id
                WHERE site.pausedAt IS NOT NULL AND site.removedAt IS NULL GROUP BY siteState.status
                """
            )
        )
    }

    // MARK: Sites

    private func rows(_ query: SiteQuery, _ db: Database) throws -> [OverviewPage.Row] {
        var rows: [OverviewPage.Row] = []
        for part in query.partsByTrouble where rows.count <= query.limit {
            rows += try self.rows(part, limit: query.limit + 1 - rows.count, db)
        }
        return rows
    }

    private func rows(_ query: SiteQuery, limit: Int, _ db: Database) throws -> [OverviewPage.Row] {
        let (sql, arguments) = Self.sites(query, limit: limit)
        let cursor = try Row.fetchCursor(try db.cachedStatement(sql: sql), arguments: arguments)
        var rows: [OverviewPage.Row] = []
        while let row = try cursor.next() {
            rows.append(
                try OverviewPage.Row(
                    SiteFields(row: row),
                    status: row[SiteFields.columnCount],
                    since: row[SiteFields.columnCount + 1],
                    secrets: secrets
                )
            )
        }
        return rows
    }

    /// The statement of the sites of one status, or of all, in the order of the query.
    static func sites(_ query: SiteQuery, limit: Int) -> (sql: String, arguments: StatementArguments) {
        // The table that is read first, whose index holds the order.
        let key = query.status == .paused ? "site.id" : "siteState.siteID"
        var conditions = ["site.removedAt IS NULL"]
        var arguments: StatementArguments = []
        if let after = query.after, query.order == .name {
            let name = "(SELECT name FROM site WHERE id = ?)"
            conditions.append(
                """
                (site.name > \(name) COLLATE NOCASE OR (site.name = \(name) COLLATE NOCASE AND site.id > ?))
                """
            )
            arguments += [after.rawValue, after.rawValue, after.rawValue]
        } else {
            conditions.append("\(key) > ?")
            arguments += [query.after?.rawValue ?? 0]
        }
        if let search = query.search, !search.isEmpty {
            conditions.append(#"(site.name LIKE ? ESCAPE '\' OR site.url LIKE ? ESCAPE '\')"#)
            let pattern = OverviewPage.pattern(containing: search)
            arguments += [pattern, pattern]
        }
        switch query.status {
        case nil: break
        case .paused?: conditions.append("site.pausedAt IS NOT NULL")
        case let status?:
            conditions.append("siteState.status = ? AND site.pausedAt IS NULL")
            arguments += [status.rawValue]
        }
        if let tag = query.tag {
            conditions.append("EXISTS (SELECT 1 FROM json_each(site.settings, '$.tags') WHERE value = ?)")
            arguments += [tag]
        }
        if let group = query.group {
            conditions.append("json_extract(site.settings, '$.group') = ?")
            arguments += [group]
        }
        arguments += [limit]
        // The state comes first: its index finds the sites of a status in the order of their ids.
        let sql = """
            SELECT \(SiteFields.columns), siteState.status, siteState.since
            FROM \(query.status == .paused ? "site CROSS JOIN siteState" : "siteState CROSS JOIN site")
            ON siteState.siteID = site.id
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY \(query.order == .name ? "site.name COLLATE NOCASE, site.id" : key) LIMIT ?
            """
        return (sql, arguments)
    }

    static func labels(_ db: Database) throws -> SiteLabels {
        SiteLabels(
            tags: try String.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT tag.value FROM site CROSS JOIN json_each(site.settings, '$.tags') AS tag
                    WHERE site.removedAt IS NULL AND site.settings IS NOT NULL ORDER BY 1 LIMIT ?
                    """,
                arguments: [SiteLabels.most]
            ),
            groups: try String.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT json_extract(site.settings, '$.group') AS label FROM site
                    WHERE site.removedAt IS NULL AND site.settings IS NOT NULL AND label IS NOT NULL ORDER BY 1 LIMIT ?
                    """,
                arguments: [SiteLabels.most]
            )
        )
    }

    // MARK: Results

    /// The newest result of each site: one seek a site in the table's own order.
    static let latestSQL = """
        SELECT page.value, \(ResultRecord.columns) FROM json_each(?) AS page
        CROSS JOIN result ON result.siteID = page.value
        AND result.slot = (SELECT newest.slot FROM result AS newest WHERE newest.siteID = page.value
            ORDER BY newest.slot DESC LIMIT 1)
        ORDER BY page.value
        """

    private func latestResults(_ page: String, _ db: Database) throws -> [SiteID: StoredResult] {
        var results: [SiteID: StoredResult] = [:]
        let cursor = try Row.fetchCursor(try db.cachedStatement(sql: Self.latestSQL), arguments: [page])
        while let row = try cursor.next() {
            results[SiteID(rawValue: row[0])] = try ResultRecord.result(row, from: 1)
        }
        return results
    }

    /// The newest results of each site: the oldest slot that still counts is found by the index, then the range is read.
    static let beatsSQL = """
        SELECT page.value, result.slot, result.verdict, result.total FROM json_each(?1) AS page
        CROSS JOIN result ON result.siteID = page.value
        AND result.slot >= (SELECT min(slot) FROM (SELECT newest.slot FROM result AS newest
            WHERE newest.siteID = page.value ORDER BY newest.slot DESC LIMIT ?2))
        """

    private func beats(_ page: String, _ count: Int, _ db: Database) throws -> [SiteID: [Beat]] {
        var beats: [SiteID: [Beat]] = [:]
        let cursor = try Row.fetchCursor(try db.cachedStatement(sql: Self.beatsSQL), arguments: [page, count])
        while let row = try cursor.next() {
            let beat = Beat(
                slot: Timestamp(milliseconds: row[1]),
                verdict: try ResultFields.verdict(row[2]),
                total: (row[3] as Int64?).map { .microseconds($0) }
            )
            beats[SiteID(rawValue: row[0]), default: []].append(beat)
        }
        return beats
    }

    // MARK: Uptime

    private func outages(_ page: String, _ db: Database) throws -> Outages {
        let sql = """
            SELECT incident.siteID, incident.startedAt, incident.endedAt
            FROM json_each(?3) AS page CROSS JOIN incident ON incident.siteID = page.value
            AND (incident.endedAt IS NULL OR incident.endedAt > ?2)
            WHERE incident.startedAt < ?1
            """
        var outages = Outages()
        let cursor = try Row.fetchCursor(
            try db.cachedStatement(sql: sql),
            arguments: [now.milliseconds, now.milliseconds - OverviewPage.day, page]
        )
        while let row = try cursor.next() { outages.add(site: row[0], startedAt: row[1], endedAt: row[2]) }
        return outages
    }
}
