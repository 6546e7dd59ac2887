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

    package func page(of jobs: [CheckJob]) -> JobPage {
        let commands = commands(for: jobs)
        return JobPage(count: jobs.count) { try await self.push(commands, mark: $0, under: $1) }
    }

    private func push(_ page: EncodedCommands, mark: Mark, under leadership: Leadership) async throws {
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
        let end = [
            RedisCommand("HSET", arguments: [.string(keys.mark)] + MarkFields.arguments(mark)), RedisCommand("EXEC"),
        ]
        // The WATCH of the next page rides behind, so that a page is one write and one round trip.
        let write = [RedisCommand("MULTI")] + page + EncodedCommands(end + EpochWatch.commands(keys))
        let replies: [RESPValue]
        do {
            replies = try await pushing.pipeline(write, onConnection: watch.connection)
        } catch {
            throw translate(error, repeatable: false)
        }
        let executed = page.count + 1 + end.count
        try checkExecution(replies.prefix(executed))
        let next = try? EpochWatch(replies.dropFirst(executed), connection: watch.connection)
        // Where it can't be read, the next page asks again.
        state.withLock { $0.watch = next }
    }

    package func add(_ jobs: [CheckJob]) async throws {
        var rest = jobs[...]
        while !rest.isEmpty {
            let page = rest.prefix(200)
            rest = rest.dropFirst(200)
            do {
                for reply in try await client.transaction(commands(for: page)) { _ = try reply.string() }
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

    private func commands(for jobs: some Collection<CheckJob>) -> EncodedCommands {
        var commands: EncodedCommands = []
        var rest = Array(jobs)[...]
        // Jobs with the same fields stand together: all of the schedule's have all of them.
        while let first = rest.first {
            let alike = rest.prefix {
                ($0.slot == nil) == (first.slot == nil) && ($0.revision == nil) == (first.revision == nil)
            }
            rest = rest.dropFirst(alike.count)
            let added = template(for: first).commands(alike.count) { index, put in
                Self.put(alike[alike.startIndex + index], put)
            }
            commands = commands + added
        }
        return commands
    }

    /// Adds a job with the fields that this one has.
    private func template(for job: CheckJob) -> RedisCommandTemplate {
        var arguments: [RedisArgument?] = [
            .string(keys.stream), "MAXLEN", "~", RedisArgument(maxLength), "*", "websiteId", nil, "url", nil,
        ]
        if job.slot != nil { arguments += ["slot", nil] }
        if job.revision != nil { arguments += ["revision", nil] }
        return RedisCommandTemplate("XADD", arguments)
    }

    private static func put(_ job: CheckJob, _ put: (RedisArgument) -> Void) {
        put(.string(job.websiteID))
        put(.string(job.url))
        if let slot = job.slot { put(RedisArgument(slot.milliseconds)) }
        if let revision = job.revision { put(RedisArgument(revision)) }
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
            let replies = try await pushing.pipeline(EncodedCommands(commands), onConnection: connection)
            return try EpochWatch(replies.dropFirst(), connection: connection)
        } catch {
            throw translate(error)
        }
    }

    private func checkExecution(_ replies: ArraySlice<RESPValue>) throws {
        do {
            // Of several errors the first tells why; EXEC then only says that there was one.
            for reply in replies {
                if case .error(let error) = reply { throw RedisError(error) }
            }
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
