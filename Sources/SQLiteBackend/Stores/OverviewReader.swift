internal import GRDB
internal import Monitoring

/// Reads a page of sites with their standing: four queries, whatever the page's size.
struct OverviewReader {
    let now: Timestamp
    let secrets: SecretBox

    func page(_ query: SiteQuery, _ db: Database) throws -> SitePage {
        guard query.limit > 0 else { return SitePage(items: [], next: nil) }
        var rows = try rows(query, db)
        let hasMore = rows.count > query.limit
        if hasMore { rows.removeLast() }
        guard let last = rows.last, !rows.isEmpty else { return SitePage(items: [], next: nil) }

        let page = IDList.text(rows.map(\.site.id))
        let latest = try latestResults(page, db)
        let beats = query.beats > 0 ? try beats(page, query.beats, db) : [:]
        let downtimes = try downtimes(page, db)
        let items = rows.map { row in
            SiteOverview(
                site: row.site,
                status: row.status,
                since: row.since,
                latest: latest[row.site.id],
                beats: beats[row.site.id] ?? [],
                uptime24h: row.hasResult || latest[row.site.id] != nil
                    ? uptime(row.site, downtime: downtimes[row.site.id] ?? 0) : nil
            )
        }
        return SitePage(items: items, next: hasMore ? last.site.id : nil)
    }

    static func statusCounts(_ db: Database) throws -> [SiteStatus: Int] {
        var counts: [SiteStatus: Int] = [:]
        let all = try Row.fetchCursor(db, sql: "SELECT status, count(*) FROM siteState GROUP BY status")
        while let row = try all.next() {
            guard let status = SiteStatus(rawValue: row[0]) else { continue }
            counts[status, default: 0] += row[1]
        }
        // A paused site keeps the state that it will go on from, and is shown as paused.
        let paused = try Row.fetchCursor(
            db,
            sql: """
                SELECT siteState.status, count(*) FROM site CROSS JOIN siteState ON siteState.siteID = site.id
                WHERE site.pausedAt IS NOT NULL AND site.removedAt IS NULL GROUP BY siteState.status
                """
        )
        while let row = try paused.next() {
            guard let status = SiteStatus(rawValue: row[0]) else { continue }
            counts[status, default: 0] -= row[1]
            counts[.paused, default: 0] += row[1]
        }
        return counts.filter { $0.value > 0 }
    }

    // MARK: Sites

    private struct SiteRow {
        let site: Site
        let status: SiteStatus
        let since: Timestamp
        let hasResult: Bool
    }

    private func rows(_ query: SiteQuery, _ db: Database) throws -> [SiteRow] {
        var conditions = ["site.removedAt IS NULL", "site.id > ?"]
        var arguments: StatementArguments = [query.after?.rawValue ?? 0]
        if let search = query.search, !search.isEmpty {
            conditions.append(#"(site.name LIKE ? ESCAPE '\' OR site.url LIKE ? ESCAPE '\')"#)
            let pattern = Self.pattern(containing: search)
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
        arguments += [query.limit + 1]
        let sql = """
            SELECT \(SiteRecord.columns), siteState.status, siteState.since
            FROM site JOIN siteState ON siteState.siteID = site.id
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY site.id LIMIT ?
            """
        let cursor = try Row.fetchCursor(try db.cachedStatement(sql: sql), arguments: arguments)
        var rows: [SiteRow] = []
        while let row = try cursor.next() {
            let record = SiteRecord(row: row)
            let stored = SiteStatus(rawValue: row[SiteRecord.columnCount]) ?? .unknown
            let since: Int64 = record.pausedAt ?? row[SiteRecord.columnCount + 1]
            rows.append(
                SiteRow(
                    site: try record.site(secrets),
                    status: record.pausedAt == nil ? stored : .paused,
                    since: Timestamp(milliseconds: since),
                    hasResult: stored != .pending
                )
            )
        }
        return rows
    }

    private static func pattern(containing text: String) -> String {
        var pattern = "%"
        for character in text {
            if character == "%" || character == "_" || character == "\\" { pattern.append("\\") }
            pattern.append(character)
        }
        return pattern + "%"
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
                verdict: try ResultRecord.verdict(row[2]),
                total: (row[3] as Int64?).map { .microseconds($0) }
            )
            beats[SiteID(rawValue: row[0]), default: []].append(beat)
        }
        // The table's order is slot and region; several regions may give a slot more beats than were asked for.
        return beats.mapValues { $0.suffix(count) }
    }

    // MARK: Uptime

    private static let day: Int64 = 86_400_000

    private func downtimes(_ page: String, _ db: Database) throws -> [SiteID: Int64] {
        let sql = """
            SELECT incident.siteID, sum(min(coalesce(incident.endedAt, ?1), ?1) - max(incident.startedAt, ?2))
            FROM json_each(?3) AS page CROSS JOIN incident ON incident.siteID = page.value
            AND (incident.endedAt IS NULL OR incident.endedAt > ?2)
            WHERE incident.startedAt < ?1 GROUP BY incident.siteID
            """
        var downtimes: [SiteID: Int64] = [:]
        let cursor = try Row.fetchCursor(
            try db.cachedStatement(sql: sql),
            arguments: [now.milliseconds, now.milliseconds - Self.day, page]
        )
        while let row = try cursor.next() { downtimes[SiteID(rawValue: row[0])] = row[1] }
        return downtimes
    }

    private func uptime(_ site: Site, downtime: Int64) -> Double {
        let span = min(now.milliseconds - site.createdAt.milliseconds, Self.day)
        guard span > 0 else { return downtime > 0 ? 0 : 1 }
        return min(max(1 - Double(downtime) / Double(span), 0), 1)
    }
}
