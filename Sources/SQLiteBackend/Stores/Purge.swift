internal import GRDB
internal import Monitoring
internal import StoredForms

/// Deletes what is older than its retention, and what is left of removed sites.
///
/// Each step is a short transaction of its own, so that no other writer is held up; being cut short loses nothing but time.
struct Purge {
    let database: SQLiteDatabase
    let now: Timestamp
    let retention: Retention

    /// Rows to delete in one transaction, a little more or less.
    private static let rowsPerStep = 2_000
    /// Sites to look at in one transaction.
    private static let sitesPerStep = 500

    func run() async throws -> Int {
        let progress = try await database.reading { try RollupProgress($0) }
        var deleted = 0
        let plan = PurgePlan(retention, progress: progress, now: now)
        deleted += try await purge(
            Table(name: "result", time: "slot", level: RollupProgress.raw),
            before: plan.results,
            progress
        )
        for level in Rollup.allCases {
            deleted += try await purge(
                Table(name: level.table, time: "start", level: level.rawValue),
                before: plan.rows(of: level),
                progress
            )
        }
        deleted += try await purge("incident", where: "endedAt < ?", plan.endedIncidents)
        deleted += try await purge("manualIncident", where: "endedAt < ?", plan.endedIncidents)
        deleted += try await purge("outbox", where: "sentAt < ?", plan.sentTransitions)
        deleted += try await purge("audit", where: "at < ?", plan.audit)
        deleted += try await purge("gap", where: "through < ?", plan.gaps)
        deleted += try await purge("closedSlot", where: "slot < ?", plan.closedSlots)
        // Whose uptime they are left out of is gone too.
        deleted += try await purge("maintenanceTerm", where: "untilAt < ?", plan.endedIncidents)
        deleted += try await purge("maintenance", where: "removedAt < ?", plan.endedIncidents)
        deleted += try await purgeRemovedSites()
        deleted += try await purgeUpdates()
        return deleted
    }

    // MARK: Tables with a row a site and time

    private struct Table: Sendable {
        let name: String
        let time: String
        let level: String
    }

    private func purge(_ table: Table, before cut: Int64, _ progress: RollupProgress) async throws -> Int {
        guard cut > progress.oldest(table.level) else { return 0 }
        // What is about to go must not be relied on from now on.
        try await database.writing { try RollupProgress.setOldest(cut, of: table.level, $0) }
        var deleted = 0
        var place: Int64? = 0
        while let start = place {
            try Task.checkCancellation()
            let step = try await database.writing { db -> (deleted: Int, next: Int64?) in
                let sites = try Int64.fetchAll(
                    try db.cachedStatement(sql: "SELECT id FROM site WHERE id >= ? ORDER BY id LIMIT ?"),
                    arguments: [start, Self.sitesPerStep]
                )
                var count = 0
                for site in sites {
                    let rows = try Self.delete(site, before: cut, table, db)
                    count += rows
                    // A full helping may have left some; the next step goes on with the same site.
                    if rows >= Self.rowsPerStep || count >= Self.rowsPerStep { return (count, site) }
                }
                return (count, sites.count < Self.sitesPerStep ? nil : sites.last.map { $0 + 1 })
            }
            deleted += step.deleted
            place = step.next
        }
        return deleted
    }

    /// Deletes the oldest rows of a site, at most some two thousand.
    private static func delete(_ site: Int64, before cut: Int64, _ table: Table, _ db: Database) throws -> Int {
        let statement = try db.cachedStatement(
            sql: """
                DELETE FROM \(table.name) WHERE siteID = ?1 AND \(table.time) < ?2
                AND \(table.time) <= coalesce((SELECT \(table.time) FROM \(table.name) WHERE siteID = ?1
                    ORDER BY \(table.time) LIMIT 1 OFFSET ?3), ?2)
                """
        )
        try statement.execute(arguments: [site, cut, rowsPerStep - 1])
        return db.changesCount
    }

    // MARK: Tables with an index by time

    private func purge(_ table: String, where condition: String, _ cut: Int64) async throws -> Int {
        let key =
            switch table {
            case "gap": "region, schedule, intervalMs, afterSlot, afterSite, through"
            case "closedSlot": "siteID, slot, region"
            default: "id"
            }
        let sql = """
            DELETE FROM \(table) WHERE (\(key)) IN (SELECT \(key) FROM \(table) WHERE \(condition) LIMIT ?)
            """
        return try await repeating { db in
            try db.cachedStatement(sql: sql).execute(arguments: [cut, Self.rowsPerStep])
            return db.changesCount
        }
    }

    /// Deletes the updates of incidents that are gone; people write them, so there are few to look at.
    private func purgeUpdates() async throws -> Int {
        try await repeating { db in
            try db.cachedStatement(
                sql: """
                    DELETE FROM incidentUpdate WHERE id IN (
                        SELECT u.id FROM incidentUpdate AS u
                        WHERE NOT EXISTS (SELECT 1 FROM incident WHERE id = u.incidentID)
                        AND NOT EXISTS (SELECT 1 FROM manualIncident WHERE id = u.incidentID) LIMIT ?
                    )
                    """
            ).execute(arguments: [Self.rowsPerStep])
            return db.changesCount
        }
    }

    /// Runs a step until it deletes less than a helping.
    private func repeating(_ step: @escaping @Sendable (Database) throws -> Int) async throws -> Int {
        var deleted = 0
        while true {
            try Task.checkCancellation()
            let count = try await database.writing(step)
            deleted += count
            if count < Self.rowsPerStep { return deleted }
        }
    }

    // MARK: Removed sites

    private func purgeRemovedSites() async throws -> Int {
        let tables =
            [Table(name: "result", time: "slot", level: ""), Table(name: "closedSlot", time: "slot", level: "")]
            + Rollup.allCases.map { Table(name: $0.table, time: "start", level: "") }
            + [Table(name: "rollupDirty", time: "start", level: ""), Table(name: "incident", time: "id", level: "")]
        return try await repeating { db in
            var count = 0
            let removed = try Int64.fetchAll(
                db,
                sql: "SELECT id FROM site WHERE removedAt IS NOT NULL LIMIT ?",
                arguments: [Self.sitesPerStep]
            )
            for site in removed {
                for table in tables {
                    count += try Self.delete(site, before: .max, table, db)
                    if count >= Self.rowsPerStep { return count }
                }
                try db.execute(sql: "DELETE FROM site WHERE id = ?", arguments: [site])
                count += 1
            }
            // Less than a helping ends the loop, so a full page of sites must count as one.
            return removed.count == Self.sitesPerStep ? max(count, Self.rowsPerStep) : count
        }
    }
}
