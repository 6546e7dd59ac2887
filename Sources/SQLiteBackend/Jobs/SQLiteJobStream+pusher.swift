internal import GRDB
package import Monitoring
internal import Synchronization

extension SQLiteJobStream {
    package func lead(as holder: String, lease: Duration) async throws -> Leadership? {
        let wall = time.now()
        let (now, isInGrace) = state.withLock { state in
            let now = state.leadership.read(wall, lease: lease)
            return (now, state.leadership.isInGrace(at: now))
        }
        return try await write { [region] db in
            let row = try StreamRow.fetch(region, in: db)
            if let leader = row.leader, leader != holder {
                guard !isInGrace, row.leaderUntil <= now else { return nil }
            }
            let epoch = row.leader == holder ? row.epoch : row.epoch + 1
            try db.cachedStatement(
                sql: "UPDATE jobStream SET leader = ?, leaderUntil = ?, epoch = ? WHERE region = ?"
            )
            .execute(arguments: [holder, (now + lease).milliseconds, epoch, region])
            return Leadership(holder: holder, epoch: epoch, mark: row.mark, now: wall)
        }
    }

    package func resign(_ leadership: Leadership) async throws {
        try await write { [region] db in
            try db.execute(
                sql: """
                    UPDATE jobStream SET leader = NULL, leaderUntil = NULL
                    WHERE region = ? AND leader = ? AND epoch = ?
                    """,
                arguments: [region, leadership.holder, leadership.epoch]
            )
        }
    }

    package func page(of jobs: [CheckJob]) -> JobPage {
        JobPage(count: jobs.count) { try await self.add(jobs, mark: $0, under: $1) }
    }

    private func add(_ page: [CheckJob], mark: Mark, under leadership: Leadership) async throws {
        let now = time.now()
        try await write { [region, maxLength] db in
            guard try StreamRow.fetch(region, in: db).epoch == leadership.epoch else {
                throw JobStreamError(
                    .superseded,
                    "Another pusher leads the region \(region) now; this one waits until it is free again."
                )
            }
            try Self.insert(page, region: region, now: now, maxLength: maxLength, in: db)
            try db.cachedStatement(
                sql: """
                    UPDATE jobStream SET markFrom = ?, markThrough = ?, markInterval = ?, markSlot = ?, markSite = ?,
                        markCount = ?
                    WHERE region = ?
                    """
            )
            .execute(arguments: [
                mark.from.milliseconds, mark.through.milliseconds, mark.position?.interval.milliseconds,
                mark.position?.cursor.slot.milliseconds, mark.position?.cursor.site.rawValue, mark.count, region,
            ])
        }
        if !page.isEmpty { signal.raise() }
    }

    package func add(_ jobs: [CheckJob]) async throws {
        guard !jobs.isEmpty else { return }
        let now = time.now()
        try await write { [region, maxLength] db in
            try Self.insert(jobs, region: region, now: now, maxLength: maxLength, in: db)
        }
        signal.raise()
    }

    package func backlog() async throws -> Backlog {
        let now = time.now()
        return try await read { [region] db in
            let row = try StreamRow.fetch(region, in: db)
            let held = try Self.held(region, in: db)
            return Backlog(
                waiting: row.length - held,
                held: held,
                trimmed: row.trimmed,
                oldest: try Self.oldest(region, in: db),
                now: now
            )
        }
    }

    package func counts() async throws -> StreamCounts {
        let workers = state.withLock(\.workers.count)
        let wall = time.now()
        let now = state.withLock { $0.leadership.read(wall) }
        return try await read { [region] db in
            let row = try StreamRow.fetch(region, in: db)
            let held = try Self.held(region, in: db)
            var ends: [JobEnd: Int] = [:]
            for end in try Row.fetchAll(db, sql: "SELECT end, count FROM jobEnd WHERE region = ?", arguments: [region])
            {
                guard let name = JobEnd(rawValue: end["end"]) else { continue }
                ends[name] = end["count"]
            }
            return StreamCounts(
                pushed: row.pushed,
                ends: ends,
                trimmed: row.trimmed,
                waiting: row.length - held,
                held: held,
                oldestAge: try Self.oldest(region, in: db).map { max(.zero, wall - $0) },
                workers: workers,
                leader: row.leaderUntil > now ? row.leader : nil,
                mark: row.mark
            )
        }
    }

    private static func oldest(_ region: String, in db: Database) throws -> Timestamp? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT addedAt FROM job WHERE region = ? ORDER BY id LIMIT 1"),
            arguments: [region]
        ).map(Timestamp.init(milliseconds:))
    }

    private static func held(_ region: String, in db: Database) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT COUNT(*) FROM job WHERE region = ? AND worker IS NOT NULL"),
            arguments: [region]
        ) ?? 0
    }

    /// Adds jobs and cuts the stream to its greatest length, as a stream with MAXLEN does: at the front of what waits.
    ///
    /// What is in a worker's hand is left, for the worker ends it.
    private static func insert(
        _ jobs: [CheckJob],
        region: String,
        now: Timestamp,
        maxLength: Int,
        in db: Database
    ) throws {
        let insert = try db.cachedStatement(
            sql: "INSERT INTO job (region, websiteID, url, slot, revision, addedAt) VALUES (?, ?, ?, ?, ?, ?)"
        )
        for job in jobs {
            try insert.execute(arguments: [
                region, job.websiteID, job.url, job.slot?.milliseconds, job.revision, now.milliseconds,
            ])
        }
        try db.cachedStatement(sql: "UPDATE jobStream SET pushed = pushed + ? WHERE region = ?")
            .execute(arguments: [jobs.count, region])
        let excess = try StreamRow.fetch(region, in: db).length - maxLength
        guard excess > 0 else { return }
        try db.cachedStatement(
            sql: """
                DELETE FROM job WHERE id IN
                    (SELECT id FROM job WHERE region = ? AND worker IS NULL ORDER BY id LIMIT ?)
                """
        )
        .execute(arguments: [region, excess])
        try db.cachedStatement(sql: "UPDATE jobStream SET trimmed = trimmed + ? WHERE region = ?")
            .execute(arguments: [db.changesCount, region])
    }
}
