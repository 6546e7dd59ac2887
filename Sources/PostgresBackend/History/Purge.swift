internal import Monitoring
internal import StoredForms

/// Deletes what is older than its retention, and what is left of removed sites.
///
/// Each step is a short transaction of its own; being cut short loses nothing but time. Where another process is at the
/// maintenance, the rest is left to it.
struct Purge {
    let database: PostgresDatabase
    let now: Timestamp
    let retention: Retention

    /// Rows to delete in one transaction.
    private static let rowsPerStep = 2_000
    /// Sites to look at in one transaction.
    private static let sitesPerStep = 500

    /// A table with a row a site and time.
    private struct Table {
        let name: SQL
        let time: SQL
        let level: String
    }

    private static let results = Table(name: "result", time: "slot", level: RollupProgress.raw)

    func run() async throws -> Int {
        let progress = try await database.read { try await RollupProgress.read($0) }
        let plan = PurgePlan(retention, progress: progress, now: now)
        var deleted = try await purge(Self.results, before: plan.results)
        for level in Rollup.allCases {
            let table = Table(name: level.table, time: "start", level: level.rawValue)
            deleted += try await purge(table, before: plan.rows(of: level))
        }
        deleted += try await purge("incident", where: "ended_at < $1", plan.endedIncidents)
        deleted += try await purge("manual_incident", where: "ended_at < $1", plan.endedIncidents)
        deleted += try await purge("outbox", where: "sent_at < $1", plan.sentTransitions)
        deleted += try await purge("audit", where: "at < $1", plan.audit)
        deleted += try await purge("gap", where: "through < $1", plan.gaps)
        deleted += try await purge("closed_slot", where: "slot < $1", plan.closedSlots)
        // Whose uptime they are left out of is gone too.
        deleted += try await purge("maintenance_term", where: "until_at < $1", plan.endedIncidents)
        deleted += try await purge("maintenance", where: "removed_at < $1", plan.endedIncidents)
        deleted += try await purgeRemovedSites()
        deleted += try await purgeUpdates()
        return deleted
    }

    // MARK: Tables with a row a site and time

    private func purge(_ table: Table, before cut: Int64) async throws -> Int {
        // What is about to go must not be relied on from now on.
        let isOlder = try await database.maintaining { connection in
            guard cut > (try await RollupProgress.read(connection)).oldest(table.level) else { return false }
            try await RollupProgress.setOldest(cut, of: table.level, connection)
            return true
        }
        guard isOlder == true else { return 0 }
        var deleted = 0
        var place: Int64? = 0
        while let start = place {
            try Task.checkCancellation()
            let step = try await database.maintaining { connection -> (deleted: Int, next: Int64?) in
                let sites = try await connection.query(
                    "SELECT id FROM site WHERE id >= $1 ORDER BY id LIMIT $2",
                    [.int(start), .int(Int64(Self.sitesPerStep))]
                ).map { try $0.int("id") }
                let count = try await Self.delete(of: sites, before: cut, table, connection)
                // A full helping may have left some; the next step goes on with the same sites.
                if count == Self.rowsPerStep { return (count, start) }
                return (count, sites.count < Self.sitesPerStep ? nil : sites.last.map { $0 + 1 })
            }
            guard let step else { return deleted }
            deleted += step.deleted
            place = step.next
        }
        return deleted
    }

    /// Deletes old rows of some sites, no more than a helping.
    private static func delete(
        of sites: [Int64],
        before cut: Int64,
        _ table: Table,
        _ connection: PostgresConnection
    ) async throws -> Int {
        try await connection.execute(
            """
            DELETE FROM \(table.name) WHERE ctid = ANY (ARRAY (
                SELECT old.place FROM unnest($1) AS page (id) CROSS JOIN LATERAL (
                    SELECT source.ctid AS place FROM \(table.name) AS source
                    WHERE source.site_id = page.id AND source.\(table.time) < $2 LIMIT $3
                ) AS old LIMIT $3
            ))
            """,
            [.ints(sites), .int(cut), .int(Int64(rowsPerStep))]
        )
    }

    // MARK: Tables with an index by time

    private func purge(_ table: SQL, where condition: SQL, _ cut: Int64) async throws -> Int {
        try await repeating { connection in
            let count = try await connection.execute(
                """
                DELETE FROM \(table) WHERE ctid = ANY (ARRAY (
                    SELECT ctid FROM \(table) WHERE \(condition) LIMIT $2
                ))
                """,
                [.int(cut), .int(Int64(Self.rowsPerStep))]
            )
            return (count, count == Self.rowsPerStep)
        }
    }

    /// Deletes the updates of incidents that are gone; people write them, so there are few to look at.
    private func purgeUpdates() async throws -> Int {
        try await repeating { connection in
            let count = try await connection.execute(
                """
                DELETE FROM incident_update WHERE ctid = ANY (ARRAY (
                    SELECT u.ctid FROM incident_update AS u
                    WHERE NOT EXISTS (SELECT 1 FROM incident WHERE id = u.incident_id)
                    AND NOT EXISTS (SELECT 1 FROM manual_incident WHERE id = u.incident_id) LIMIT $1
                ))
                """,
                [.int(Int64(Self.rowsPerStep))]
            )
            return (count, count == Self.rowsPerStep)
        }
    }

    private func repeating(
        _ step: (PostgresConnection) async throws -> (deleted: Int, hasMore: Bool)
    ) async throws -> Int {
        var deleted = 0
        while true {
            try Task.checkCancellation()
            guard let step = try await database.maintaining(step) else { return deleted }
            deleted += step.deleted
            if !step.hasMore { return deleted }
        }
    }

    // MARK: Removed sites

    private func purgeRemovedSites() async throws -> Int {
        let tables =
            [Self.results] + Rollup.allCases.map { Table(name: $0.table, time: "start", level: $0.rawValue) }
            + [
                Table(name: "closed_slot", time: "slot", level: ""),
                Table(name: "rollup_dirty", time: "start", level: ""), Table(name: "incident", time: "id", level: ""),
            ]
        return try await repeating { connection in
            let removed = try await connection.query(
                "SELECT id FROM site WHERE removed_at IS NOT NULL LIMIT $1",
                [.int(Int64(Self.sitesPerStep))]
            ).map { try $0.int("id") }
            guard !removed.isEmpty else { return (0, false) }
            for table in tables {
                let count = try await Self.delete(of: removed, before: .max, table, connection)
                // Something may be left of them; the next step looks again.
                if count > 0 { return (count, true) }
            }
            try await connection.execute("DELETE FROM site WHERE id = ANY ($1)", [.ints(removed)])
            return (removed.count, removed.count == Self.sitesPerStep)
        }
    }
}
