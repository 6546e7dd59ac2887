internal import GRDB
package import Monitoring
internal import Synchronization

extension SQLiteJobStream {
    package func claim(as worker: String, limit: Int, wait: Duration) async throws -> [HeldJob] {
        guard limit > 0 else { return [] }
        let deadline = time.now() + wait
        while true {
            let generation = signal.generation
            let jobs = try await take(as: worker, limit: limit)
            if !jobs.isEmpty {
                guard Task.isCancelled else { return jobs }
                try await giveBack(jobs, of: worker)
                throw CancellationError()
            }
            let rest = deadline - time.now()
            guard rest > .zero else { return [] }
            try await waitForSignal(after: generation, upTo: rest)
        }
    }

    package func takeOver(as worker: String, idleFor lease: Duration, limit: Int) async throws -> [HeldJob] {
        guard limit > 0 else { return [] }
        let (now, isInGrace) = state.withLock { state in
            let now = state.leases.read(time.now(), lease: lease)
            state.workers[worker] = now
            return (now, state.leases.isInGrace(at: now))
        }
        // What was given back carries 0, so it alone is found in the grace.
        let cutoff = isInGrace ? 0 : (now - lease).milliseconds
        return try await write { [region] db in
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE job SET worker = ?, seenAt = ?, isolated = 0, crashes = crashes
                        + (worker IS NOT NULL AND (crashes < \(HeldJob.crashesToIsolate) OR isolated))
                    WHERE id IN (
                        SELECT id FROM job
                        WHERE region = ? AND seenAt <= ? AND (worker IS NULL OR worker <> ?)
                        ORDER BY seenAt, id LIMIT ?)
                    RETURNING id, websiteID, url, slot, revision, addedAt, crashes
                    """
            )
            return try Self.jobs(statement, [worker, now.milliseconds, region, cutoff, worker, limit])
        }
    }

    package func renew(_ ids: [HeldJob.ID], as worker: String) async throws -> Set<HeldJob.ID> {
        guard !ids.isEmpty else { return [] }
        let now = beat(worker)
        return try await write { [region] db in
            let statement = try db.cachedStatement(
                sql: "UPDATE job SET seenAt = ? WHERE id = ? AND region = ? AND worker = ?"
            )
            var kept: Set<HeldJob.ID> = []
            for id in ids {
                guard let number = Int64(id) else { continue }
                try statement.execute(arguments: [now.milliseconds, number, region, worker])
                if db.changesCount == 1 { kept.insert(id) }
            }
            return kept
        }
    }

    package func end(_ ends: [(id: HeldJob.ID, end: JobEnd)], as worker: String) async throws {
        guard !ends.isEmpty else { return }
        try await write { [region] db in
            let delete = try db.cachedStatement(sql: "DELETE FROM job WHERE id = ? AND region = ?")
            var counts: [JobEnd: Int] = [:]
            for (id, end) in ends {
                guard let number = Int64(id) else { continue }
                try delete.execute(arguments: [number, region])
                counts[end, default: 0] += db.changesCount
            }
            let count = try db.cachedStatement(
                sql: """
                    INSERT INTO jobEnd (region, end, count) VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET count = count + excluded.count
                    """
            )
            for (end, number) in counts where number > 0 {
                try count.execute(arguments: [region, end.rawValue, number])
            }
            try db.cachedStatement(sql: "UPDATE jobStream SET ended = ended + ? WHERE region = ?")
                .execute(arguments: [counts.values.reduce(0, +), region])
        }
    }

    package func release(_ ids: [HeldJob.ID], as worker: String) async throws {
        guard !ids.isEmpty else { return }
        try await write { [region] db in
            let statement = try db.cachedStatement(
                sql: "UPDATE job SET worker = NULL, seenAt = 0, isolated = 0 WHERE id = ? AND region = ? AND worker = ?"
            )
            for id in ids {
                guard let number = Int64(id) else { continue }
                try statement.execute(arguments: [number, region, worker])
            }
        }
        signal.raise()
    }

    package func isolate(_ id: HeldJob.ID, as worker: String) async throws {
        guard let number = Int64(id) else { return }
        try await write { [region] db in
            try db.execute(
                sql: "UPDATE job SET isolated = 1 WHERE id = ? AND region = ? AND worker = ?",
                arguments: [number, region, worker]
            )
        }
    }

    // MARK: Parts

    private func take(as worker: String, limit: Int) async throws -> [HeldJob] {
        let now = beat(worker)
        // The writer is for those who find something: an empty stream is looked at from a reader.
        let isEmpty = try await read { [region] db in
            try Int.fetchOne(
                db.cachedStatement(sql: "SELECT 1 FROM job WHERE region = ? AND worker IS NULL LIMIT 1"),
                arguments: [region]
            ) == nil
        }
        guard !isEmpty else { return [] }
        return try await write { [region] db in
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE job SET worker = ?, seenAt = ?
                    WHERE id IN (SELECT id FROM job WHERE region = ? AND worker IS NULL ORDER BY id LIMIT ?)
                    RETURNING id, websiteID, url, slot, revision, addedAt, crashes
                    """
            )
            return try Self.jobs(statement, [worker, now.milliseconds, region, limit])
        }
    }

    private func beat(_ worker: String) -> Timestamp {
        state.withLock { state in
            let now = state.leases.read(time.now())
            state.workers[worker] = now
            return now
        }
    }

    /// A task of its own, because the one that asks is cancelled and could write nothing any more.
    private func giveBack(_ jobs: [HeldJob], of worker: String) async throws {
        try await Task { try await release(jobs.map(\.id), as: worker) }.value
    }

    private func waitForSignal(after generation: Int, upTo limit: Duration) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [signal] in await signal.wait(after: generation) }
            group.addTask { [time] in try await time.sleep(for: limit) }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    /// The jobs that a statement has taken, oldest first; the order in which rows are returned means nothing.
    private static func jobs(_ statement: Statement, _ arguments: StatementArguments) throws -> [HeldJob] {
        try Row.fetchAll(statement, arguments: arguments)
            .sorted { ($0["id"] as Int64) < ($1["id"] as Int64) }
            .map { row in
                let slot = (row["slot"] as Int64?).map(Timestamp.init(milliseconds:))
                return HeldJob(
                    id: String(row["id"] as Int64),
                    job: CheckJob(websiteID: row["websiteID"], url: row["url"], slot: slot, revision: row["revision"]),
                    slot: slot ?? Timestamp(milliseconds: row["addedAt"]),
                    crashes: row["crashes"]
                )
            }
    }
}
