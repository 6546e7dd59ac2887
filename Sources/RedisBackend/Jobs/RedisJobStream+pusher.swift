package import Monitoring
internal import Redis
internal import Synchronization

extension RedisJobStream {
    package func lead(as holder: String, lease: Duration) async throws -> Leadership? {
        let reply = try await call(
            "lead",
            keys: [
                keys.stream, keys.epoch, keys.leader, keys.mark, keys.clock, keys.ends, keys.crashes, keys.cut,
            ],
            [.string(holder), RedisArgument(lease.milliseconds), RedisArgument(maxLength)]
        )
        return try translating {
            let parts = try reply.array()
            guard parts.count == 3 else { return nil }
            return Leadership(
                holder: holder,
                epoch: Int64(try parts[0].int()),
                mark: try MarkFields.mark(parts[2]),
                now: Timestamp(milliseconds: Int64(try parts[1].int()))
            )
        }
    }

    package func resign(_ leadership: Leadership) async throws {
        _ = try await call(
            "resign",
            keys: [keys.epoch, keys.leader],
            [.string(leadership.holder), .string(String(leadership.epoch))]
        )
    }

    package func push(_ page: [CheckJob], mark: Mark, under leadership: Leadership) async throws {
        var watch = leftWatch()
        // One that was left behind under an earlier lead tells nothing of this one.
        if watch == nil || watch?.isOf(leadership) == false { watch = try await newWatch() }
        guard let watch, watch.isOf(leadership) else { throw superseded }
        guard watch.isStream else {
            throw JobStreamError(
                .refused,
                "The key \(keys.stream) holds something else than a stream; move that away or set stream.key to another."
            )
        }
        let page = page.map(command(for:))
        let write =
            [RedisCommand("MULTI")] + page
            + [
                RedisCommand("HSET", arguments: [.string(keys.mark)] + MarkFields.arguments(mark)),
                RedisCommand("EXEC"),
            ]
        // The WATCH of the next page rides behind, so that a page is one write and one round trip.
        let results: [Result<RESPValue, RedisError>]
        do {
            results = try await pushing.pipeline(
                write + EpochWatch.commands(keys),
                onConnection: watch.connection
            )
        } catch {
            throw translate(error, repeatable: false)
        }
        try checkExecution(Array(results.prefix(write.count)))
        let next = try? EpochWatch(results.dropFirst(write.count), connection: watch.connection)
        // Where it can't be read, the next page asks again.
        state.withLock { $0.watch = next }
    }

    package func add(_ jobs: [CheckJob]) async throws {
        var rest = jobs[...]
        while !rest.isEmpty {
            let page = rest.prefix(200)
            rest = rest.dropFirst(200)
            do {
                for reply in try await client.transaction(page.map(command(for:))) { _ = try reply.string() }
            } catch {
                throw translate(error, repeatable: false)
            }
        }
    }

    package func backlog() async throws -> Backlog {
        let survey = try await survey("backlog")
        return Backlog(
            waiting: survey.waiting,
            held: survey.held,
            trimmed: survey.trimmed,
            oldest: survey.oldest,
            now: survey.now
        )
    }

    package func counts() async throws -> StreamCounts {
        try await survey("all").counts
    }

    // MARK: Parts

    private var superseded: JobStreamError {
        JobStreamError(
            .superseded,
            "Another pusher leads the region \(region) now; this one waits until it is free again."
        )
    }

    private func survey(_ scope: RedisArgument) async throws -> StreamSurvey {
        let reply = try await call(
            "survey",
            keys: [keys.stream, keys.ends, keys.leader, keys.mark, keys.clock],
            [scope]
        )
        return try translating { try StreamSurvey(reply) }
    }

    private func command(for job: CheckJob) -> RedisCommand {
        var arguments: [RedisArgument] = [
            .string(keys.stream), "MAXLEN", "~", RedisArgument(maxLength), "*", "websiteId", .string(job.websiteID),
            "url", .string(job.url),
        ]
        if let slot = job.slot { arguments += ["slot", RedisArgument(slot.milliseconds)] }
        if let revision = job.revision { arguments += ["revision", RedisArgument(revision)] }
        return RedisCommand("XADD", arguments: arguments)
    }

    /// The watch that the last page left behind, if its connection is still there.
    ///
    /// It is taken out: an EXEC uses it up.
    private func leftWatch() -> EpochWatch? {
        let watch = state.withLock { state in
            defer { state.watch = nil }
            return state.watch
        }
        return watch?.connection == pushing.connectionNumber ? watch : nil
    }

    private func newWatch() async throws -> EpochWatch {
        do {
            let connection = try await pushing.connect()
            // A watch that was set off stays so until it is taken back.
            let commands = [RedisCommand("UNWATCH")] + EpochWatch.commands(keys)
            let replies = try await pushing.pipeline(commands, onConnection: connection)
            return try EpochWatch(replies.dropFirst(), connection: connection)
        } catch {
            throw translate(error)
        }
    }

    private func checkExecution(_ results: [Result<RESPValue, RedisError>]) throws {
        do {
            // Of several errors the first tells why; EXEC then only says that there was one.
            let replies = try results.map { try $0.get() }
            guard let executed = replies.last, !executed.isNull else { throw superseded }
            for reply in try executed.array() {
                if case .error(let error) = reply { throw RedisError(error) }
            }
        } catch {
            throw translate(error, repeatable: false)
        }
    }

    /// Reads a reply, and tells of one that can't be read as of any other failure.
    func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw translate(error)
        }
    }
}
