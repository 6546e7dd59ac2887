internal import Logging
package import Monitoring
internal import Redis
internal import Synchronization

extension RedisJobStream {
    package func claim(as worker: String, limit: Int, wait: Duration) async throws -> [HeldJob] {
        guard limit > 0 else { return [] }
        let lost = try await recoverLost(worker, limit: limit)
        if !lost.isEmpty { return lost }
        let entries: [StreamEntry]
        do {
            entries = try await read(worker, limit: limit, wait: wait)
        } catch {
            // What was on its way when the connection broke is pending under our name, and nobody knows of it.
            state.withLock { _ = $0.unsure.insert(worker) }
            throw translate(error)
        }
        let jobs = try await jobs(in: entries.map { ($0, 0) }, for: worker)
        guard Task.isCancelled else { return jobs }
        try await giveBack(jobs.map(\.id), of: worker)
        throw CancellationError()
    }

    package func takeOver(as worker: String, idleFor lease: Duration, limit: Int) async throws -> [HeldJob] {
        guard limit > 0 else { return [] }
        do {
            let reply = try await call(
                "take_over",
                keys: [keys.stream, keys.clock, keys.crashes, keys.cut],
                [
                    .string(worker), RedisArgument(lease.milliseconds),
                    RedisArgument(min(limit, JobStreamFunctions.batch)),
                ]
            )
            let entries = try translating {
                try reply.array().map { (try StreamEntry($0), try $0.array()[2].int()) }
            }
            return try await jobs(in: entries, for: worker)
        } catch {
            state.withLock { _ = $0.unsure.insert(worker) }
            throw error
        }
    }

    package func renew(_ ids: [HeldJob.ID], as worker: String) async throws -> Set<HeldJob.ID> {
        var kept: Set<HeldJob.ID> = []
        for batch in batches(ids) {
            let reply = try await call(
                "renew",
                keys: [keys.stream, keys.clock],
                [.string(worker)] + batch.map { .string($0) }
            )
            kept.formUnion(try translating { try reply.array().map { try $0.string() } })
        }
        forget(ids.filter { !kept.contains($0) }, of: worker)
        return kept
    }

    package func end(_ ends: [(id: HeldJob.ID, end: JobEnd)], as worker: String) async throws {
        for batch in batches(ends) {
            _ = try await call(
                "finish",
                keys: [keys.stream, keys.ends, keys.crashes, keys.cut],
                batch.flatMap { [.string($0.id), .string($0.end.rawValue)] }
            )
        }
        forget(ends.map(\.id), of: worker)
    }

    package func release(_ ids: [HeldJob.ID], as worker: String) async throws {
        for batch in batches(ids) {
            _ = try await call("release", keys: [keys.stream], [.string(worker)] + batch.map { .string($0) })
        }
        forget(ids, of: worker)
    }

    package func isolate(_ id: HeldJob.ID, as worker: String) async throws {
        _ = try await call("isolate", keys: [keys.stream, keys.crashes], [.string(worker), .string(id)])
    }

    // MARK: Reading

    /// Waits for entries that nobody has had.
    private func read(_ worker: String, limit: Int, wait: Duration) async throws -> [StreamEntry] {
        // Long waits are cut, so that a consumer is always known to have been there within the last minute.
        let wait = min(wait, .seconds(30))
        var options: [RedisArgument] = ["COUNT", RedisArgument(limit)]
        // BLOCK 0 would wait for ever.
        if wait > .zero { options += ["BLOCK", RedisArgument(max(1, wait.milliseconds))] }
        let command = readCommand(worker, options, after: ">")
        // Also where it does not wait: `block` hands over what comes back after a cancellation.
        return try await withGroup { try await claiming.block(command, upTo: max(wait, .zero)) }
    }

    /// Reads what is pending under the worker's name although it was never told of it.
    private func recoverLost(_ worker: String, limit: Int) async throws -> [HeldJob] {
        let (isUnsure, known) = state.withLock { state in
            (state.unsure.remove(worker) != nil, state.held[worker] ?? [])
        }
        guard isUnsure else { return [] }
        do {
            let command = readCommand(worker, ["COUNT", RedisArgument(known.count + limit)], after: "0")
            let lost = try await withGroup { try await claiming.send(command) }.filter { !known.contains($0.id) }
            if lost.count >= limit { state.withLock { _ = $0.unsure.insert(worker) } }
            return try await jobs(in: Array(zip(lost, try await crashes(of: lost))), for: worker)
        } catch {
            state.withLock { _ = $0.unsure.insert(worker) }
            throw translate(error)
        }
    }

    private func crashes(of entries: [StreamEntry]) async throws -> [Int] {
        guard !entries.isEmpty else { return [] }
        let arguments = [RedisArgument.string(keys.crashes)] + entries.map { .string($0.id) }
        return try await client.send(RedisCommand("HMGET", arguments: arguments)).array()
            .map { $0.isNull ? 0 : try $0.int() }
    }

    private func readCommand(_ worker: String, _ options: [RedisArgument], after id: RedisArgument) -> RedisCommand {
        RedisCommand(
            "XREADGROUP",
            arguments: ["GROUP", .string(JobStreamFunctions.group), .string(worker)] + options
                + ["STREAMS", .string(keys.stream), id]
        )
    }

    /// Reads, and makes the group where it is missing, more and more slowly if that does not help.
    private func withGroup(_ read: () async throws -> RESPValue) async throws -> [StreamEntry] {
        while true {
            do {
                let reply = try await read()
                state.withLock { $0.missingGroup = 0 }
                guard !reply.isNull else { return [] }
                return try reply.map().flatMap { try $0.1.array() }.map { try StreamEntry($0) }
            } catch let error as RedisError where error.reply?.code == "NOGROUP" {
                let failures = state.withLock { state in
                    state.missingGroup += 1
                    return state.missingGroup
                }
                if failures > 1 { try await Task.sleep(for: .milliseconds(min(5_000, 50 << min(failures, 10)))) }
                try await makeGroup()
                logger.debug("Made the group of the job stream", metadata: ["stream": "\(keys.stream)"])
            }
        }
    }

    /// From the start of the stream, so that what was pushed before there was a group is not dropped.
    private func makeGroup() async throws {
        do {
            _ = try await client.send(
                RedisCommand(
                    "XGROUP CREATE",
                    .string(keys.stream),
                    .string(JobStreamFunctions.group),
                    "0",
                    "MKSTREAM"
                )
            )
        } catch let error as RedisError where error.reply?.code == "BUSYGROUP" {
            // Another worker was faster.
        }
    }

    // MARK: What is held

    /// The jobs in entries.
    ///
    /// What is no job ends here, so that it is not met again.
    private func jobs(in entries: [(StreamEntry, crashes: Int)], for worker: String) async throws -> [HeldJob] {
        var jobs: [HeldJob] = []
        var others: [StreamEntry] = []
        for (entry, crashes) in entries {
            if let job = entry.job(crashes: crashes) { jobs.append(job) } else { others.append(entry) }
        }
        // A read of what was lost may cross with a takeover that is still on its way: each job is handed out once.
        jobs = state.withLock { state in jobs.filter { state.held[worker, default: []].insert($0.id).inserted } }
        guard !others.isEmpty else { return jobs }
        let malformed = others.filter { $0.fields != nil }
        if let first = malformed.first {
            state.withLock { $0.malformed += malformed.count }
            logger.warning(
                "Skipped entries of the job stream that have no websiteId or no url",
                metadata: ["stream": "\(keys.stream)", "count": "\(malformed.count)", "first": "\(first.id)"]
            )
        }
        do {
            try await end(malformed.map { ($0.id, .skipped) }, as: worker)
            // What the stream was cut by is counted as trimmed, and only forgotten here.
            let cut = others.filter { $0.fields == nil }
            if !cut.isEmpty {
                let arguments: [RedisArgument] = [.string(keys.stream), .string(JobStreamFunctions.group)]
                _ = try await client.send(
                    RedisCommand("XACK", arguments: arguments + cut.map { .string($0.id) })
                )
            }
        } catch {
            // They stay pending and come back by their lease; the jobs beside them must not wait for that.
            logger.warning(
                "Could not end entries of the job stream that are no jobs",
                metadata: ["stream": "\(keys.stream)", "error": "\(error)"]
            )
        }
        return jobs
    }

    /// A task of its own, because the one that asks is cancelled and could send nothing any more.
    private func giveBack(_ ids: [HeldJob.ID], of worker: String) async throws {
        guard !ids.isEmpty else { return }
        try await Task { try await release(ids, as: worker) }.value
    }

    private func forget(_ ids: [HeldJob.ID], of worker: String) {
        state.withLock { $0.held[worker]?.subtract(ids) }
    }

    private func batches<Element>(_ elements: [Element]) -> [ArraySlice<Element>] {
        stride(from: 0, to: elements.count, by: JobStreamFunctions.batch).map { start in
            elements[start..<min(start + JobStreamFunctions.batch, elements.count)]
        }
    }
}
