import Monitoring
import Redis
import Synchronization
import TestSupport
import Testing

@testable import RedisBackend

@Suite("The job stream in Redis, when things fail")
struct RedisJobStreamFailureTests {
    @Test("a worker goes on by itself after the server was killed and is back")
    func goesOnAfterARestart() async throws {
        // PITFALLS 2: a consumer stops silently after a reconnect.
        try await withJobStreamServer(appendOnly: true) { server in
            let stream = server.stream()
            try await stream.add(testJobs(1))
            let first = try await stream.claim(as: "m", limit: 10, wait: .zero)
            let waiting = Task { try await stream.claim(as: "m", limit: 10, wait: .seconds(30)) }
            try await eventually("the worker waits") {
                try await server.send("INFO", "clients").string().contains("blocked_clients:1")
            }
            // Everything is on the disk, so that only the connection is lost.
            try await server.send("CONFIG SET", "appendfsync", "always")
            try await server.server.kill()
            let error = await #expect(throws: JobStreamError.self) { try await waiting.value }
            #expect(error?.code == .unavailable)
            try await server.server.start()
            try await eventually("the stream takes a job") {
                do {
                    try await stream.add(testJobs(1))
                    return true
                } catch is JobStreamError {
                    return false
                }
            }
            // What the worker holds already is not handed to it again.
            let second = try await stream.claim(as: "m", limit: 10, wait: .seconds(10))
            #expect(second.count == 1)
            #expect(Set(second.map(\.id)).isDisjoint(with: first.map(\.id)))
            await stream.close()
        }
    }

    @Test("jobs whose delivery got lost on the way are found again")
    func recoversLostDeliveries() async throws {
        // PITFALLS 11: an item without a lease that anybody knows of must still be found.
        try await withJobStream { stream, server in
            try await stream.add(testJobs(5))
            let known = try await stream.claim(as: "m", limit: 2, wait: .zero)
            // As if the reply to a claim had been lost: pending under the name, and nobody was told.
            try await server.send(
                "XREADGROUP",
                "GROUP",
                "monitors",
                "m",
                "COUNT",
                "2",
                "STREAMS",
                RedisArgument(JobStreamServer.key),
                ">"
            )
            let waiting = Task { try await stream.claim(as: "m", limit: 1, wait: .seconds(30)) }
            _ = try await waiting.value
            let blocked = Task { try await stream.claim(as: "m", limit: 1, wait: .seconds(30)) }
            try await eventually("the worker waits") {
                try await server.send("INFO", "clients").string().contains("blocked_clients:1")
            }
            try await server.send("CLIENT KILL", "TYPE", "normal", "SKIPME", "yes")
            _ = await blocked.result
            var found: [HeldJob] = []
            for _ in 0..<3 { found += try await stream.claim(as: "m", limit: 1, wait: .milliseconds(10)) }
            #expect(found.map(\.job.websiteID) == ["3", "4"])
            #expect(Set(found.map(\.id)).isDisjoint(with: known.map(\.id)))
        }
    }

    @Test("jobs whose takeover got lost on the way are found again, with their crashes")
    func recoversLostTakeovers() async throws {
        // PITFALLS 12: what kills its workers must not look new because a reply was lost.
        try await withJobStream { stream, server in
            try await stream.add(testJobs(1))
            _ = try await stream.claim(as: "dead", limit: 1, wait: .zero)
            let other = server.stream()
            try await eventually("the job is taken over, unknown to this stream") {
                try await !other.takeOver(as: "m", idleFor: .milliseconds(200), limit: 1).isEmpty
            }
            stream.state.withLock { _ = $0.unsure.insert("m") }
            #expect(try await stream.claim(as: "m", limit: 1, wait: .zero).map(\.crashes) == [1])
            #expect(try await stream.claim(as: "m", limit: 1, wait: .zero).isEmpty)
            await other.close()
        }
    }

    @Test("pending entries whose stream entries were cut are counted and dropped")
    func dropsTrimmedPendingEntries() async throws {
        // PITFALLS 4: XAUTOCLAIM returns their ids as deleted, history reads return nil fields.
        try await withJobStream { stream, server in
            let key = RedisArgument(JobStreamServer.key)
            try await stream.add(testJobs(4))
            let held = try await stream.claim(as: "m", limit: 2, wait: .zero)
            try await server.send("XREADGROUP", "GROUP", "monitors", "n", "COUNT", "2", "STREAMS", key, ">")
            try await server.send("XTRIM", key, "MAXLEN", "0")
            // A history read by one who is unsure.
            stream.state.withLock { _ = $0.unsure.insert("n") }
            #expect(try await stream.claim(as: "n", limit: 10, wait: .zero).isEmpty)
            #expect(try await server.send("XPENDING", key, "monitors").array()[0].int() == 2)
            // A worker that lives ends what it has in hand; what a dead one had is dropped.
            try await stream.end([(held[0].id, .result)], as: "m")
            try await eventually("a takeover drops the other") {
                #expect(try await stream.takeOver(as: "n", idleFor: .milliseconds(50), limit: 10).isEmpty)
                return try await server.send("XPENDING", key, "monitors").array()[0].int() == 0
            }
            let counts = try await stream.counts()
            #expect(counts.trimmed == 3 && counts.pushed == 4 && counts.ends == [.result: 1], "\(counts)")
            #expect(counts.held == 0 && counts.waiting == 0)
        }
    }

    @Test(
        "a worker that was taken for dead, and comes back with a result for what the stream was cut by, has it counted"
    )
    func countsALateResultOfATrimmedEntry() async throws {
        // Invariant 2: a slot with a result was not trimmed.
        try await withJobStream { stream, server in
            try await stream.add(testJobs(3))
            let held = try await stream.claim(as: "stopped", limit: 2, wait: .zero)
            try await server.send("XTRIM", RedisArgument(JobStreamServer.key), "MAXLEN", "0")
            try await eventually("a takeover drops them") {
                #expect(try await stream.takeOver(as: "n", idleFor: .milliseconds(50), limit: 10).isEmpty)
                return try await stream.counts().trimmed == 3
            }
            // However often it says so.
            for _ in 1...2 { try await stream.end([(held[0].id, .result)], as: "stopped") }
            let counts = try await stream.counts()
            #expect(counts.trimmed == 2 && counts.pushed == 3 && counts.ends == [.result: 1], "\(counts)")
        }
    }

    @Test("a pusher that was stopped and superseded adds nothing, however late its page comes")
    func refusesALatePage() async throws {
        // PITFALLS 14 and invariant 1: a page is neither doubled nor pushed by two.
        try await withJobStreamServer { server in
            let old = server.stream()
            let new = server.stream()
            let first = try #require(try await old.lead(as: "old", lease: .milliseconds(100)))
            try await old.push(testJobs(1), mark: testMark(count: 1), under: first)
            // The WATCH behind that page is what stands when the lead passes on.
            var second: Leadership?
            try await eventually("the lead passes on") {
                second = try await new.lead(as: "new", lease: .milliseconds(100))
                return second != nil
            }
            let error = await #expect(throws: JobStreamError.self) {
                try await old.push(testJobs(5), mark: testMark(count: 6), under: first)
            }
            #expect(error?.code == .superseded)
            #expect(try await new.counts().pushed == 1)
            #expect(try await new.counts().mark == testMark(count: 1))
            await old.close()
            await new.close()
        }
    }

    @Test("a page on a connection that replaced another is pushed under a watch of its own")
    func watchesAgainAfterAReconnect() async throws {
        try await withJobStream { stream, server in
            let leadership = try #require(try await stream.lead(as: "p", lease: .seconds(60)))
            try await stream.push(testJobs(1), mark: testMark(count: 1), under: leadership)
            try await server.send("CLIENT KILL", "TYPE", "normal", "SKIPME", "yes")
            try await eventually("the next page is in") {
                do {
                    try await stream.push(testJobs(1), mark: testMark(count: 2), under: leadership)
                    return true
                } catch let error as JobStreamError where error.code == .unavailable {
                    return false
                } catch let error as JobStreamError where error.code == .outcomeUnknown {
                    // Written before the loss was seen: the mark tells, as it does a pusher.
                    return try await stream.lead(as: "p", lease: .seconds(60))?.mark?.count == 2
                }
            }
            #expect(try await stream.counts().pushed == 2)
            // One before the first, one behind each, and one on the new connection.
            #expect(try await server.calls(of: "watch") >= 4)
        }
    }

    @Test("a page whose reply was lost is said to be of unknown outcome, and the mark tells")
    func tellsOfALostReply() async throws {
        // PITFALLS 14: XADD is not retried blindly.
        try await withJobStreamServer { server in
            var configuration = try RedisConfiguration(url: server.server.url)
            configuration.connectTimeout = .seconds(15)
            configuration.commandTimeout = .seconds(3)
            let client = RedisClient(configuration, logger: JobStreamServer.logger)
            let stream = RedisJobStream(
                client: client,
                key: JobStreamServer.key,
                region: "default",
                maxLength: 1_000,
                logger: JobStreamServer.logger
            )
            let leadership = try #require(try await stream.lead(as: "p", lease: .seconds(60)))
            try await stream.push(testJobs(1), mark: testMark(count: 1), under: leadership)
            server.server.pause()
            let error = await #expect(throws: JobStreamError.self) {
                try await stream.push(testJobs(3), mark: testMark(count: 4), under: leadership)
            }
            server.server.resume()
            #expect(error?.code == .outcomeUnknown)
            try await eventually("the mark tells whether the page is in") {
                guard let again = try? await stream.lead(as: "p", lease: .seconds(60)) else { return false }
                let pushed = try await stream.counts().pushed
                #expect(again.mark?.count == pushed)
                return true
            }
            await stream.close()
            await client.close()
        }
    }

    @Test("a full Redis takes no more jobs and moves no mark, but drains")
    func drainsWhenFull() async throws {
        try await withJobStream { stream, server in
            let leadership = try #require(try await stream.lead(as: "p", lease: .seconds(60)))
            try await stream.push(testJobs(3), mark: testMark(count: 3), under: leadership)
            let held = try await stream.claim(as: "m", limit: 1, wait: .zero)
            try await server.send("CONFIG SET", "maxmemory", "1mb")
            for _ in 0..<2 {
                let error = await #expect(throws: JobStreamError.self) {
                    try await stream.push(testJobs(200), mark: testMark(count: 203), under: leadership)
                }
                #expect(error?.code == .unavailable)
            }
            await #expect(throws: JobStreamError.self) { try await stream.add(testJobs(1)) }
            #expect(try await stream.lead(as: "p", lease: .seconds(60))?.mark == testMark(count: 3))
            #expect(try await stream.renew(held.map(\.id), as: "m").count == 1)
            try await stream.end(held.map { ($0.id, .result) }, as: "m")
            let rest = try await stream.claim(as: "m", limit: 5, wait: .zero)
            #expect(rest.count == 2)
            try await stream.release(rest.map(\.id), as: "m")
            #expect(try await stream.takeOver(as: "n", idleFor: .seconds(5), limit: 5).count == 2)
            try await stream.tidy()
            #expect(try await stream.counts().pushed == 3)
        }
    }

    @Test("a key that holds something else is refused, and nothing is written beside it")
    func refusesAnotherType() async throws {
        try await withJobStream { stream, server in
            let leadership = try #require(try await stream.lead(as: "p", lease: .seconds(60)))
            try await server.send("SET", RedisArgument(JobStreamServer.key), "mine")
            let push = await #expect(throws: JobStreamError.self) {
                try await stream.push(testJobs(2), mark: testMark(count: 2), under: leadership)
            }
            #expect(push?.code == .refused)
            for attempt in [
                { _ = try await stream.lead(as: "p", lease: .seconds(60)) },
                { _ = try await stream.claim(as: "m", limit: 1, wait: .zero) },
                { try await stream.add(testJobs(1)) },
                { _ = try await stream.backlog() },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: JobStreamError.self) { try await attempt() }
                #expect(error?.code == .refused)
            }
            #expect(try await server.send("EXISTS", "{MONITORING_STREAM}:mark").int() == 0)
        }
    }

    @Test("READONLY and LOADING are waited out, not the end of a worker")
    func waitsOutAReplica() async throws {
        // PITFALLS 15: READONLY, LOADING, UNBLOCKED are answers to act on.
        try await withJobStream { stream, server in
            try await stream.add(testJobs(1))
            let waiting = Task { try await stream.claim(as: "m", limit: 1, wait: .zero) }
            _ = try await waiting.value
            let blocked = Task { try await stream.claim(as: "m", limit: 1, wait: .seconds(30)) }
            try await eventually("the worker waits") {
                try await server.send("INFO", "clients").string().contains("blocked_clients:1")
            }
            try await server.send("REPLICAOF", "127.0.0.1", "1")
            // The server unblocks it, which is no error of the worker's: it has nothing, or is told to wait.
            if case .failure(let error) = await blocked.result {
                #expect((error as? JobStreamError)?.code == .unavailable)
            }
            let error = await #expect(throws: JobStreamError.self) { try await stream.add(testJobs(1)) }
            #expect(error?.code == .unavailable)
            try await server.send("REPLICAOF", "NO", "ONE")
            try await eventually("the stream takes and gives jobs again") {
                do {
                    try await stream.add(testJobs(1))
                    return try await !stream.claim(as: "m", limit: 1, wait: .milliseconds(100)).isEmpty
                } catch let error as JobStreamError where error.code == .unavailable {
                    return false
                }
            }
        }
    }

    @Test("a server that was away for longer than a lease takes no job from a live worker")
    func gracesAfterAGap() async throws {
        // PITFALLS 5, invariant 10: a gap in the time suspends takeovers for one lease.
        try await withJobStream { stream, server in
            try await stream.add(testJobs(1))
            let held = try await stream.claim(as: "m", limit: 1, wait: .zero)
            let lease = Duration.milliseconds(600)
            #expect(try await stream.takeOver(as: "n", idleFor: lease, limit: 1).isEmpty)
            server.server.pause()
            try await Task.sleep(for: lease * 2)
            server.server.resume()
            #expect(try await stream.takeOver(as: "n", idleFor: lease, limit: 1).isEmpty)
            #expect(try await stream.renew(held.map(\.id), as: "m").count == 1)
        }
    }

    @Test("a step back of the server's clock leaves no dead worker's job behind")
    func survivesAStepBack() async throws {
        try await withJobStream { stream, server in
            try await stream.add(testJobs(3))
            let held = try await stream.claim(as: "dead", limit: 2, wait: .zero)
            try await stream.release([held[1].id], as: "dead")
            let lease = Duration.milliseconds(300)
            #expect(try await stream.takeOver(as: "n", idleFor: lease, limit: 1).map(\.id) == [held[1].id])
            // As if the server's clock had been an hour ahead when the job was delivered and the clock last read.
            let clock: RedisArgument = "{MONITORING_STREAM}:clock"
            let ahead = RedisArgument(try await stream.backlog().now.milliseconds + 3_600_000)
            try await server.send("HSET", clock, "take.wall", ahead)
            #expect(try await stream.takeOver(as: "n", idleFor: lease, limit: 1).isEmpty)
            #expect(try await server.send("HEXISTS", clock, "rewind").int() == 0)
            var taken: [HeldJob] = []
            try await eventually("the job is taken over after its lease") {
                taken += try await stream.takeOver(as: "n", idleFor: lease, limit: 1)
                return !taken.isEmpty
            }
            #expect(taken.map(\.id) == [held[0].id])
            #expect(taken.map(\.crashes) == [1])
        }
    }
}
