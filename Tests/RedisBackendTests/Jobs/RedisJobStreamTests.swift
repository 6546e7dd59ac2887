import Monitoring
import Redis
import SQLiteBackend
import StoredForms
import TestSupport
import Testing

@testable import RedisBackend

@Suite("The job stream in Redis")
struct RedisJobStreamTests {
    @Test("does what every job stream must", arguments: JobStreamConformance.all)
    func conforms(_ rule: JobStreamConformance) async throws {
        try await withJobStream(maxLength: rule.maxLength) { stream, _ in
            try await rule.prove(
                JobStreamFixture(stream: stream, lease: .milliseconds(500)) { try await Task.sleep(for: $0) }
            )
        }
    }

    @Test("with monitors over it, each slot ends once", arguments: SlotConformance.all)
    func endsSlots(_ rule: SlotConformance) async throws {
        try await withTemporaryDirectory { folder in
            let database = try SQLiteDatabase(path: "\(folder)/tocsin.db")
            let time = SystemTime()
            try await withJobStream { stream, _ in
                try await rule.prove(
                    SlotFixture(
                        stream: stream,
                        sites: SQLiteSiteStore(database: database, time: time, secrets: SecretBox(key: nil)),
                        monitoring: SQLiteMonitoringStore(database: database, time: time)
                    )
                )
            }
        }
    }

    // MARK: What other programs see

    @Test("an entry says websiteId, url, slot and revision, in the region's own key")
    func writesTheContractsFields() async throws {
        try await withJobStreamServer { server in
            for (region, key) in [("default", "MONITORING_STREAM"), ("eu", "MONITORING_STREAM:eu")] {
                let stream = server.stream(region: region)
                let leadership = try #require(try await stream.lead(as: "p", lease: .seconds(60)))
                try await stream.push(testJobs(1), mark: testMark(count: 1), under: leadership)
                let entry = try #require(try await server.send("XRANGE", .string(key), "-", "+").array().first)
                let fields = try entry.array()[1].array().map { try $0.string() }
                #expect(
                    fields == ["websiteId", "1", "url", "http://1.example/", "slot", "1800000000000", "revision", "1"]
                )
                await stream.close()
            }
            let names = try await server.send("KEYS", "*").array().map { try $0.string() }
            #expect(names.allSatisfy { $0.hasPrefix("MONITORING_STREAM") || $0.hasPrefix("{MONITORING_STREAM") })
        }
    }

    @Test("a page of 200 is one transaction of 200 XADDs with MAXLEN, and its mark")
    func pushesAPageInOneTransaction() async throws {
        try await withJobStream { stream, server in
            let leadership = try #require(try await stream.lead(as: "p", lease: .seconds(60)))
            for name in ["xadd", "multi", "exec", "watch"] { #expect(try await server.calls(of: name) == 0) }
            for number in 1...3 {
                try await stream.push(testJobs(200), mark: testMark(count: 200 * number), under: leadership)
            }
            #expect(try await server.calls(of: "xadd") == 600)
            #expect(try await server.calls(of: "multi") == 3)
            #expect(try await server.calls(of: "exec") == 3)
            // One before the first page, and one behind each.
            #expect(try await server.calls(of: "watch") == 4)
        }
    }

    @Test("an entry of websiteId and url alone is a job, whatever else it says")
    func readsForeignEntries() async throws {
        try await withJobStream { stream, server in
            let key = RedisArgument(JobStreamServer.key)
            try await server.send("XADD", key, "1700000000000-1", "websiteId", "x", "url", "http://x.example/")
            try await server.send(
                "XADD",
                key,
                "1700000000000-2",
                "websiteId",
                "y",
                "url",
                "http://y.example/",
                "slot",
                "soon",
                "revision",
                "-7",
                "more",
                "of it"
            )
            try await server.send(
                "XADD",
                key,
                "18446744073709551615-1",
                "websiteId",
                "z",
                "url",
                "u",
                "slot",
                "9223372036854775807"
            )
            let jobs = try await stream.claim(as: "m", limit: 10, wait: .zero)
            #expect(jobs.map(\.job.websiteID) == ["x", "y", "z"])
            #expect(jobs.allSatisfy { $0.job.slot == nil && $0.job.revision == nil })
            #expect(jobs.prefix(2).allSatisfy { $0.slot == Timestamp(milliseconds: 1_700_000_000_000) })
        }
    }

    @Test("an entry that is no job is skipped and counted, and stops nothing")
    func skipsMalformedEntries() async throws {
        try await withJobStream { stream, server in
            let key = RedisArgument(JobStreamServer.key)
            try await server.send("XADD", key, "*", "hello", "world")
            try await server.send("XADD", key, "*", "websiteId", "1")
            try await stream.add(testJobs(1))
            let jobs = try await stream.claim(as: "m", limit: 10, wait: .zero)
            #expect(jobs.map(\.job) == testJobs(1))
            #expect(stream.malformedEntries == 2)
            let counts = try await stream.counts()
            #expect(counts.ends == [.skipped: 2])
            #expect(counts.held == 1 && counts.waiting == 0)
        }
    }

    @Test("what another program acknowledged and left behind is no backlog once it is tidied, and never was trimmed")
    func tidiesWhatOthersLeaveBehind() async throws {
        // PITFALLS 8: 761,008 dead entries in four days.
        try await withJobStream { stream, server in
            try await stream.add(testJobs(1_500))
            let key = RedisArgument(JobStreamServer.key)
            let held = try await stream.claim(as: "ours", limit: 3, wait: .zero)
            let read = try await server.send(
                "XREADGROUP",
                "GROUP",
                "monitors",
                "theirs",
                "COUNT",
                "1200",
                "STREAMS",
                key,
                ">"
            )
            let ids = try read.map().flatMap { try $0.1.array() }.map { try $0.array()[0].string() }
            for id in ids.dropLast(10) { try await server.send("XACK", key, "monitors", .string(id)) }
            #expect(try await stream.backlog().waiting == 297)
            try await stream.tidy()
            #expect(try await server.send("XLEN", key).int() == 297 + 3 + 10)
            let counts = try await stream.counts()
            #expect(counts.waiting == 297 && counts.held == 13 && counts.trimmed == 0)
            #expect(counts.pushed == 310)
            #expect(try await stream.renew(held.map(\.id), as: "ours").count == 3)
        }
    }

    @Test("where much was left behind, the backlog errs on the side of too much until it is tidied")
    func countsAfterManyForeignAcknowledgements() async throws {
        try await withJobStream { stream, server in
            try await stream.add(testJobs(5_000))
            let key = RedisArgument(JobStreamServer.key)
            _ = try await stream.claim(as: "ours", limit: 10, wait: .zero)
            let read = try await server.send(
                "XREADGROUP",
                "GROUP",
                "monitors",
                "theirs",
                "COUNT",
                "2490",
                "STREAMS",
                key,
                ">"
            )
            let ids = try read.map().flatMap { try $0.1.array() }.map { RedisArgument(try $0.array()[0].string()) }
            _ = try await server.client.send(RedisCommand("XACK", arguments: [key, "monitors"] + ids))
            #expect(try await stream.backlog().waiting == 4_990)
            try await stream.tidy()
            let backlog = try await stream.backlog()
            #expect(backlog.waiting == 2_500 && backlog.held == 10 && backlog.trimmed == 0)
        }
    }

    // MARK: Waiting

    @Test("a wait that was given up is no longer armed in the server")
    func disarmsACancelledWait() async throws {
        // PITFALLS 1: a blocking pop that its caller gave up on eats the next element.
        try await withJobStream { stream, server in
            for round in 1...5 {
                let waiting = Task { try await stream.claim(as: "m", limit: 10, wait: .seconds(30)) }
                try await eventually("the worker waits") {
                    try await server.send("INFO", "clients").string().contains("blocked_clients:1")
                }
                waiting.cancel()
                let result = await waiting.result
                #expect(throws: CancellationError.self) { try result.get() }
                #expect(try await server.send("INFO", "clients").string().contains("blocked_clients:0"))
                try await stream.add(testJobs(1))
                #expect(try await stream.claim(as: "n\(round)", limit: 10, wait: .zero).count == 1)
            }
        }
    }

    @Test("a waiting worker costs one blocked client and no polls")
    func waitsWithoutPolling() async throws {
        // PITFALLS 17: one wait at a time.
        try await withJobStream { stream, server in
            try await stream.add(testJobs(1))
            _ = try await stream.claim(as: "m", limit: 1, wait: .zero)
            let before = try await server.calls(of: "xreadgroup")
            let jobs = try await stream.claim(as: "m", limit: 1, wait: .milliseconds(700))
            #expect(jobs.isEmpty)
            #expect(try await server.calls(of: "xreadgroup") == before + 1)
        }
    }

    // MARK: The group

    @Test("a backlog from before the group is not dropped")
    func startsTheGroupAtTheBeginning() async throws {
        // PITFALLS 6: a group made at `$` drops the backlog.
        try await withJobStream { stream, _ in
            try await stream.add(testJobs(5))
            #expect(try await stream.claim(as: "m", limit: 10, wait: .zero).count == 5)
        }
    }

    @Test("a group that keeps vanishing is made again slowly, not in a hot loop")
    func backsOffWithoutAGroup() async throws {
        // PITFALLS 6: NOGROUP in a hot loop, 600 errors a second.
        try await withJobStream { stream, server in
            // This user may make no groups, so that the group never is there.
            try await server.send("ACL SETUSER", "default", "-xgroup|create")
            let worker = Task {
                while !Task.isCancelled { _ = try? await stream.claim(as: "m", limit: 10, wait: .milliseconds(100)) }
            }
            try await eventually("the worker tries") { try await server.calls(of: "xreadgroup") >= 3 }
            let before = try await server.calls(of: "xreadgroup")
            try await Task.sleep(for: .seconds(1))
            let calls = try await server.calls(of: "xreadgroup") - before
            worker.cancel()
            await worker.value
            #expect(calls < 10)
            // Once it can be made, the worker goes on.
            try await server.send("ACL SETUSER", "default", "+@all")
            try await stream.add(testJobs(1))
            #expect(try await stream.claim(as: "m", limit: 10, wait: .seconds(10)).count == 1)
        }
    }

    @Test("a stream that was deleted under a waiting worker is worked again")
    func survivesDeletion() async throws {
        try await withJobStream { stream, server in
            let waiting = Task {
                while true {
                    let jobs = try await stream.claim(as: "m", limit: 10, wait: .seconds(10))
                    if !jobs.isEmpty { return jobs }
                }
            }
            try await eventually("the worker waits") {
                try await server.send("INFO", "clients").string().contains("blocked_clients:1")
            }
            try await server.send("DEL", RedisArgument(JobStreamServer.key))
            try await stream.add(testJobs(1))
            #expect(try await waiting.value.count == 1)
        }
    }

    @Test("consumers that are gone are removed only when nothing is pending")
    func removesOnlyIdleConsumersWithNothingPending() async throws {
        // PITFALLS 7: XGROUP DELCONSUMER destroys what was pending; consumers pile up by the million.
        try await withJobStream { stream, server in
            try await stream.add(testJobs(2))
            let key = RedisArgument(JobStreamServer.key)
            _ = try await stream.claim(as: "holds one", limit: 1, wait: .zero)
            for number in 1...20 { try await server.send("XGROUP CREATECONSUMER", key, "monitors", "c\(number)") }
            try await Task.sleep(for: .milliseconds(20))
            let removed = try await stream.call("dismiss", keys: [JobStreamServer.key], [10]).int()
            #expect(removed == 20)
            #expect(try await stream.counts().workers == 1)
            #expect(try await stream.backlog().held == 1)
            // A minute has not passed for this one.
            try await server.send("XGROUP CREATECONSUMER", key, "monitors", "young")
            try await stream.tidy()
            #expect(try await stream.counts().workers == 2)
        }
    }

    @Test("a job's crashes are forgotten with its end, and with the stream")
    func forgetsCrashes() async throws {
        // PITFALLS 12: counted until it ends, and not for ever.
        try await withJobStream { stream, server in
            let crashes: RedisArgument = "{MONITORING_STREAM}:crashes"
            try await stream.add(testJobs(2))
            _ = try await stream.claim(as: "dead", limit: 2, wait: .zero)
            var taken: [HeldJob] = []
            try await eventually("both are taken over") {
                taken += try await stream.takeOver(as: "m", idleFor: .milliseconds(200), limit: 2)
                return taken.count == 2
            }
            #expect(try await server.send("HLEN", crashes).int() == 2)
            try await stream.end([(taken[0].id, .result)], as: "m")
            #expect(try await server.send("HLEN", crashes).int() == 1)
            try await server.send("DEL", RedisArgument(JobStreamServer.key))
            try await stream.tidy()
            #expect(try await server.send("HLEN", crashes).int() == 0)
        }
    }

    @Test("what was given back belongs to no worker, so that its giver can leave")
    func letsAWorkerLeaveAfterRelease() async throws {
        try await withJobStream { stream, _ in
            try await stream.add(testJobs(2))
            let held = try await stream.claim(as: "m", limit: 2, wait: .zero)
            try await stream.release(held.map(\.id), as: "m")
            try await stream.leave("m")
            #expect(try await stream.counts().workers == 0)
            #expect(try await stream.takeOver(as: "n", idleFor: .seconds(60), limit: 5).count == 2)
        }
    }
}
