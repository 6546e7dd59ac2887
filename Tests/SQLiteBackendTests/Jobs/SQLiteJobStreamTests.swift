import GRDB
import Monitoring
import StoredForms
import TestSupport
import Testing

@testable import SQLiteBackend

@Suite("The job stream in SQLite")
struct SQLiteJobStreamTests {
    @Test("does what every job stream must", arguments: JobStreamConformance.all)
    func conforms(_ rule: JobStreamConformance) async throws {
        try await withStream(maxLength: rule.maxLength) { stream, time, _ in
            try await rule.prove(
                JobStreamFixture(stream: stream, lease: .seconds(5)) { duration in
                    await Task.yield()
                    time.advance(by: duration)
                }
            )
        }
    }

    @Test("with monitors over it, each slot ends once", arguments: SlotConformance.all)
    func endsSlots(_ rule: SlotConformance) async throws {
        try await withTemporaryDirectory { folder in
            let database = try SQLiteDatabase(path: "\(folder)/tocsin.db")
            let time = SystemTime()
            try await rule.prove(
                SlotFixture(
                    stream: try SQLiteJobStream(database: database, region: "default", maxLength: 100, time: time),
                    sites: SQLiteSiteStore(database: database, time: time, secrets: SecretBox(key: nil)),
                    monitoring: SQLiteMonitoringStore(database: database, time: time)
                )
            )
        }
    }

    @Test("what an earlier boot held is free at once, with a crash counted, and its lead has passed")
    func freesWhatAnEarlierBootHeld() async throws {
        try await withStream { stream, time, database in
            try await stream.add(jobs(3))
            let first = try #require(try await stream.lead(as: "boot-1", lease: .seconds(60)))
            let held = try await stream.claim(as: "boot-1", limit: 2, wait: .zero)
            try await stream.release([held[1].id], as: "boot-1")

            let next = try SQLiteJobStream(database: database, region: "default", maxLength: 1_000, time: time)
            let again = try await next.claim(as: "boot-2", limit: 10, wait: .zero)
            #expect(again.map(\.job.websiteID) == ["1", "2", "3"])
            #expect(again.map(\.crashes) == [1, 0, 0])
            #expect(try await next.lead(as: "boot-2", lease: .seconds(60))?.epoch == first.epoch + 1)
        }
    }

    @Test("a region's jobs, lead and counts are its own")
    func keepsRegionsApart() async throws {
        try await withStream { stream, time, database in
            let other = try SQLiteJobStream(database: database, region: "eu", maxLength: 1_000, time: time)
            try await stream.add(jobs(2))
            let held = try await stream.claim(as: "monitor", limit: 1, wait: .zero)
            #expect(try await other.claim(as: "monitor", limit: 10, wait: .zero).isEmpty)
            try await other.end([(held[0].id, .result)], as: "monitor")
            #expect(try await stream.backlog().depth == 2)
            #expect(try await stream.lead(as: "a", lease: .seconds(60)) != nil)
            #expect(try await other.lead(as: "b", lease: .seconds(60)) != nil)
        }
    }

    @Test("a leap of the clock takes no job from a worker that had no chance to renew")
    func gracesAfterALeap() async throws {
        try await withStream { stream, time, _ in
            try await stream.add(jobs(1))
            let held = try await stream.claim(as: "a", limit: 1, wait: .zero)
            #expect(try await stream.takeOver(as: "b", idleFor: .seconds(5), limit: 1).isEmpty)
            for leap in [Duration.seconds(3_600), .seconds(-7_200)] {
                time.advance(by: leap)
                #expect(try await stream.takeOver(as: "b", idleFor: .seconds(5), limit: 1).isEmpty)
                time.advance(by: .seconds(3))
                #expect(try await stream.renew(held.map(\.id), as: "a").count == 1)
                time.advance(by: .seconds(3))
                #expect(try await stream.takeOver(as: "b", idleFor: .seconds(5), limit: 1).isEmpty)
            }
            time.advance(by: .seconds(3))
            #expect(try await stream.takeOver(as: "b", idleFor: .seconds(5), limit: 1).map(\.crashes) == [1])
        }
    }

    @Test("what was given back is had even while takeovers are suspended")
    func handsReleasedJobsOverInTheGrace() async throws {
        try await withStream { stream, time, _ in
            try await stream.add(jobs(1))
            let held = try await stream.claim(as: "a", limit: 1, wait: .zero)
            try await stream.release(held.map(\.id), as: "a")
            #expect(try await stream.takeOver(as: "b", idleFor: .seconds(5), limit: 0).isEmpty)
            time.advance(by: .seconds(-60))
            #expect(try await stream.takeOver(as: "b", idleFor: .seconds(5), limit: 1).count == 1)
        }
    }

    @Test("workers that are gone and hold nothing are forgotten after a minute")
    func forgetsWorkers() async throws {
        try await withStream { stream, time, _ in
            try await stream.add(jobs(1))
            _ = try await stream.claim(as: "holds one", limit: 1, wait: .zero)
            _ = try await stream.claim(as: "holds none", limit: 1, wait: .zero)
            try await stream.tidy()
            #expect(try await stream.counts().workers == 2)
            time.advance(by: .seconds(61))
            try await stream.tidy()
            #expect(try await stream.counts().workers == 1)
        }
    }

    @Test("a job outlives the process, its order and the counts too")
    func outlivesTheProcess() async throws {
        try await withTemporaryDirectory { folder in
            let time = ManualTime()
            do {
                let database = try SQLiteDatabase(path: "\(folder)/t.db")
                let stream = try SQLiteJobStream(database: database, region: "r", maxLength: 2, time: time)
                try await stream.add(jobs(3))
            }
            let database = try SQLiteDatabase(path: "\(folder)/t.db")
            let stream = try SQLiteJobStream(database: database, region: "r", maxLength: 2, time: time)
            #expect(try await stream.claim(as: "m", limit: 9, wait: .zero).map(\.job.websiteID) == ["2", "3"])
            let counts = try await stream.counts()
            #expect(counts.pushed == 3 && counts.trimmed == 1)
        }
    }

    @Test("claims and backlogs of a stream of 100,000 use an index, not the table")
    func usesIndexes() async throws {
        try await withStream { _, _, database in
            let plans = try await database.pool.read { db in
                try [
                    "SELECT id FROM job WHERE region = 'r' AND worker IS NULL ORDER BY id LIMIT 9",
                    "SELECT id FROM job WHERE region = 'r' AND seenAt <= 1 AND (worker IS NULL OR worker <> 'w') "
                        + "ORDER BY seenAt, id LIMIT 9",
                    "SELECT COUNT(*) FROM job WHERE region = 'r' AND worker IS NOT NULL",
                ]
                .map { sql in
                    try String.fetchOne(db, sql: "EXPLAIN QUERY PLAN \(sql)", adapter: SuffixRowAdapter(fromIndex: 3))
                }
            }
            #expect(plans[0]?.contains("INDEX jobWaiting") == true, "\(plans)")
            #expect(plans[1]?.contains("INDEX jobSeen") == true, "\(plans)")
            #expect(plans[2]?.contains("INDEX jobHeld") == true, "\(plans)")
        }
    }

    // MARK: Parts

    private func jobs(_ count: Int) -> [CheckJob] {
        (1...count).map { CheckJob(websiteID: "\($0)", url: "http://\($0).example/", slot: nil, revision: 1) }
    }

    private func withStream(
        maxLength: Int = 1_000,
        _ body: (SQLiteJobStream, ManualTime, SQLiteDatabase) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let database = try SQLiteDatabase(path: "\(folder)/tocsin.db")
            let time = ManualTime()
            let stream = try SQLiteJobStream(
                database: database,
                region: "default",
                maxLength: maxLength,
                time: time
            )
            try await body(stream, time, database)
        }
    }
}
