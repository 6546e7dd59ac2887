import Foundation
import Monitoring
import Redis
import TestSupport
import Testing

@testable import RedisBackend

@Suite("The job stream in Redis, under the hands of other programs")
struct RedisJobStreamForeignTests {
    private static let key = RedisArgument(JobStreamServer.key)

    @Test("an entry that another program deletes is trimmed while it waits, and ended by its worker once it is held")
    func deleted() async throws {
        // PITFALLS 4: the entry is gone and yet pending.
        try await withJobStream { stream, server in
            try await stream.add(testJobs(3))
            let held = try await stream.claim(as: "m", limit: 1, wait: .zero)
            try await server.send("XTRIM", Self.key, "MAXLEN", "1")
            #expect(try await stream.counts().trimmed == 2)
            try await stream.end([(held[0].id, .result)], as: "m")
            let counts = try await stream.counts()
            #expect(counts.ends == [.result: 1] && counts.trimmed == 1 && counts.waiting == 1, "\(counts)")
        }
    }

    @Test("a job that another program acknowledges while we hold it is ended once")
    func acknowledged() async throws {
        // PITFALLS 8: the entry of an XACK without XDEL stays.
        try await withJobStream { stream, server in
            try await stream.add(testJobs(2))
            let held = try await stream.claim(as: "m", limit: 2, wait: .zero)
            for job in held { try await server.send("XACK", Self.key, "monitors", .string(job.id)) }
            try await stream.end([(held[0].id, .result)], as: "m")
            try await stream.tidy()
            try await stream.end(held.map { ($0.id, .result) }, as: "m")
            let counts = try await stream.counts()
            #expect(counts.ends == [.result: 1] && counts.pushed == 1 && counts.trimmed == 0, "\(counts)")
            #expect(try await server.send("XLEN", Self.key).int() == 0)
        }
    }

    @Test("a group that another program destroys is made anew with all that is left, and each job ends once")
    func destroyed() async throws {
        // PITFALLS 6: NOGROUP, and a group made at `$` drops the backlog.
        try await withJobStream { stream, server in
            try await stream.add(testJobs(3))
            let held = try await stream.claim(as: "m", limit: 2, wait: .zero)
            try await server.send("XGROUP DESTROY", Self.key, "monitors")
            #expect(try await stream.renew(held.map(\.id), as: "m").isEmpty)
            #expect(try await stream.takeOver(as: "n", idleFor: .seconds(1), limit: 9).isEmpty)
            try await stream.tidy()
            let again = try await stream.claim(as: "n", limit: 9, wait: .zero)
            #expect(again.count == 3)
            try await stream.end(held.map { ($0.id, .result) }, as: "m")
            try await stream.end(again.map { ($0.id, .result) }, as: "n")
            #expect(try await stream.counts().ends == [.result: 3])
        }
    }

    @Test(
        "a stream that is gone takes its mark and its counts along, so that a leader finds both lost",
        arguments: ["DEL", "FLUSHALL"]
    )
    func emptied(command: String) async throws {
        // Invariant 2: else the slots that were in it would end as nothing.
        try await withJobStream { stream, server in
            let first = try #require(try await stream.lead(as: "p", lease: .seconds(60)))
            try await stream.push(testJobs(3), mark: testMark(count: 3), under: first)
            let held = try await stream.claim(as: "m", limit: 2, wait: .zero)
            try await stream.end([(held[0].id, .result)], as: "m")
            // Only its presence tells that it was not taken away.
            #expect(try await stream.lead(as: "p", lease: .seconds(60))?.mark == testMark(count: 3))

            if command == "DEL" {
                try await server.send("DEL", Self.key)
                // A monitor makes it anew before the leader looks.
                _ = try await stream.claim(as: "m", limit: 1, wait: .zero)
            } else {
                try await server.send("FLUSHALL")
            }
            let second = try #require(try await stream.lead(as: "p", lease: .seconds(60)))
            #expect(second.mark == nil)
            try await stream.end([(held[1].id, .result)], as: "m")
            var counts = try await stream.counts()
            #expect(counts.pushed == 0 && counts.ends.isEmpty && counts.trimmed == 0, "\(counts)")
            try await stream.push(testJobs(1), mark: testMark(count: 1), under: second)
            #expect(try await stream.lead(as: "p", lease: .seconds(60))?.mark == testMark(count: 1))
            counts = try await stream.counts()
            #expect(counts.pushed == 1 && counts.waiting == 1)
        }
    }

    @Test("after FLUSHALL no epoch comes back that a stopped leader still believes in")
    func epochs() async throws {
        try await withJobStreamServer { server in
            let (old, new) = (server.stream(), server.stream())
            let first = try #require(try await old.lead(as: "old", lease: .seconds(60)))
            try await old.push(testJobs(1), mark: testMark(count: 1), under: first)
            for _ in 0..<3 {
                try await server.send("FLUSHALL")
                let next = try #require(try await new.lead(as: "new", lease: .seconds(60)))
                #expect(next.epoch > first.epoch)
                let error = await #expect(throws: JobStreamError.self) {
                    try await old.push(testJobs(5), mark: testMark(count: 6), under: first)
                }
                #expect(error?.code == .superseded)
                #expect(try await new.counts().pushed == 0)
            }
            await old.close()
            await new.close()
        }
    }

    @Test("restarts of workers, however they end, leave no more consumers than live workers and one; nothing pends")
    func restarts() async throws {
        // PITFALLS 7: consumers that are never deleted pile up by the million.
        try await withJobStream { stream, server in
            let lease = Duration.milliseconds(100)
            // Ten thousand take a minute or two: TOCSIN_TEST_RESTARTS=10000.
            let boots = ProcessInfo.processInfo.environment["TOCSIN_TEST_RESTARTS"].flatMap { Int($0) } ?? 200
            let living = "lives"
            var added = 0
            for boot in 1...boots {
                let name = "boot-\(boot)"
                try await stream.add(testJobs(3))
                added += 3
                // What earlier boots left behind comes to the living and to the new one alike.
                let taken = try await stream.takeOver(as: living, idleFor: lease, limit: 100)
                try await stream.end(taken.map { ($0.id, $0.crashes < 4 ? .result : .buried) }, as: living)
                let jobs = try await stream.claim(as: name, limit: 3, wait: .zero)
                switch boot % 4 {
                case 0:  // Killed with its jobs in hand.
                    break
                case 1:  // Killed after it has ended one.
                    try await stream.end(jobs.prefix(1).map { ($0.id, .result) }, as: name)
                case 2:  // Killed with nothing in hand.
                    try await stream.end(jobs.map { ($0.id, .result) }, as: name)
                default:  // Ended in order.
                    try await stream.release(jobs.map(\.id), as: name)
                    try await stream.leave(name)
                }
            }
            try await eventually("everything has ended") {
                let taken = try await stream.takeOver(as: living, idleFor: lease, limit: 500)
                try await stream.end(taken.map { ($0.id, .result) }, as: living)
                return try await stream.backlog().depth == 0
            }
            // What `tidy` does to those that were not seen for a minute.
            try await Task.sleep(for: .milliseconds(20))
            _ = try await stream.claim(as: living, limit: 1, wait: .zero)
            _ = try await stream.call("dismiss", keys: [JobStreamServer.key], [10])
            let consumers = try await server.send("XINFO CONSUMERS", Self.key, "monitors").array().count
            #expect(consumers <= 2)
            #expect(try await server.send("XPENDING", Self.key, "monitors").array()[0].int() == 0)
            let counts = try await stream.counts()
            #expect(added == 3 * boots)
            #expect(counts.pushed == added && counts.ends.values.reduce(0, +) == added && counts.trimmed == 0)
            #expect(try await server.send("EXISTS", "{MONITORING_STREAM}:crashes").int() == 0)
        }
    }

    @Test("functions of other releases are removed at the start, and what runs with them has them back at once")
    func otherReleases() async throws {
        try await withJobStream { stream, server in
            let library = RedisFunctionLibrary(
                name: "tocsin_jobs",
                code: "redis.register_function('@f@', function() return 1 end)"
            )
            func call() async throws -> Int {
                try await server.client.call("f", in: library, keys: [], arguments: []).int()
            }
            #expect(try await call() == 1)
            try await stream.prepare()
            let names = try await server.send("FUNCTION LIST").array().map {
                try $0.dictionary()["library_name"]?.string()
            }
            #expect(names.count == 1 && names.first != library.name)
            #expect(try await call() == 1)
        }
    }
}
