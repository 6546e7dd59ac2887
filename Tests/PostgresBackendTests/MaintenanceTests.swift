import Monitoring
import StoredForms
import TestSupport
import Testing

@testable import PostgresBackend

/// Rolling up and purging beside other processes, which record and maintain at the same time.
@Suite("Maintenance in PostgreSQL", .sharedPostgresServer)
struct MaintenanceTests {
    private static let hour = Duration.seconds(3_600)
    private static let day = Duration.seconds(86_400)

    /// A site, and the beginning of a day of its life.
    private func addSite(_ processes: Processes) async throws -> (site: Site, start: Timestamp) {
        let site = try await processes.stores[0].addSite()
        let now = processes.time.now()
        let start = Timestamp(milliseconds: (now.milliseconds / 86_400_000 + 1) * 86_400_000)
        processes.time.advance(by: start - now)
        return (site, start)
    }

    /// How many results the rollups of a day know of.
    private func rolledUp(_ site: Site, from start: Timestamp, _ store: StoreFixture) async throws -> Int {
        // No raw result is left that could be counted instead.
        _ = try await store.monitoring.maintain(Retention(raw: .seconds(1)))
        return try await store.monitoring.latency(site.id, from: start, to: start + Self.day, buckets: 1).whole.count
    }

    @Test("an hour is not rolled up without a result that was being recorded when that began")
    func waitsForRecorders() async throws {
        let processes = try await Processes(2)
        let (site, start) = try await addSite(processes)
        processes.time.advance(by: .seconds(2 * 3_600))
        let gate = Gate()
        async let recording: Void = processes.databases[1].write { connection in
            _ = try await ResultRecorder(now: start + .seconds(60), connection: connection)
                .record([.of(site, .up, at: start + .seconds(60))])
            try await gate.hold()
        }
        try await gate.reached()
        async let maintaining = processes.stores[0].monitoring.maintain(Retention())
        try await eventually("the maintenance waits") { try await processes.waiting().count == 1 }
        await gate.open()
        try await recording
        _ = try await maintaining
        #expect(try await rolledUp(site, from: start, processes.stores[0]) == 1)
    }

    @Test("an hour that was rolled up is rolled up again for a result that was being recorded meanwhile")
    func marksLateResults() async throws {
        let processes = try await Processes(2)
        let store = processes.stores[0]
        let (site, start) = try await addSite(processes)
        _ = try await store.record(.of(site, .up, at: start))
        processes.time.advance(by: .seconds(2 * 3_600))
        _ = try await store.monitoring.maintain(Retention())
        // Twice: the second time, the hour has the mark of the first.
        for second in 1...2 {
            let gate = Gate()
            let result = CheckResult.of(site, .up, at: start + .seconds(second))
            let now = processes.time.now()
            async let recording: Void = processes.databases[1].write { connection in
                _ = try await ResultRecorder(now: now, connection: connection).record([result])
                try await gate.hold()
            }
            try await gate.reached()
            // It neither waits for the recorder nor takes its mark away.
            _ = try await store.monitoring.maintain(Retention())
            await gate.open()
            try await recording
        }
        #expect(try await rolledUp(site, from: start, store) == 3)
    }

    @Test("while another process is at it, maintenance leaves it to that one")
    func leavesItToTheOther() async throws {
        let processes = try await Processes(2)
        let (site, start) = try await addSite(processes)
        _ = try await processes.stores[0].record(.of(site, .up, at: start))
        processes.time.advance(by: .seconds(5 * 86_400))
        let gate = Gate()
        async let holding: Void? = processes.databases[1].maintaining { _ in try await gate.hold() }
        try await gate.reached()
        #expect(try await processes.stores[0].monitoring.maintain(Retention()) == 0)
        #expect(try await processes.stores[0].monitoring.results(ResultQuery(site: site.id)).count == 1)
        await gate.open()
        _ = try await holding
        #expect(try await processes.stores[0].monitoring.maintain(Retention()) == 1)
    }

    @Test("a process that was held up in the middle undoes nothing of what another has done meanwhile")
    func heldUp() async throws {
        let processes = try await Processes(2)
        let (site, start) = try await addSite(processes)
        let store = processes.stores[0]
        _ = try await store.monitoring.record((0..<5).map { .of(site, .up, at: start + .seconds($0)) })
        processes.time.advance(by: .seconds(2 * 3_600))
        let before = try await processes.databases[1].read { try await RollupProgress.read($0) }
        let end = start + Self.hour
        #expect(try await rolledUp(site, from: start, store) == 5)
        // All that is left of the hour's results is one that came too late.
        _ = try await store.record(.of(site, .up, at: start + .seconds(10)))
        let other = RollupMaintenance(database: processes.databases[1], now: processes.time.now())
        #expect(
            try await other.rollUp(.minute, from: start.milliseconds, to: end.milliseconds, since: before)
        )
        #expect(try await rolledUp(site, from: start, store) == 5)
    }

    @Test("a day that another process is in the midst of making has the results that come late meanwhile")
    func lateForTheDay() async throws {
        let processes = try await Processes(2)
        let (site, start) = try await addSite(processes)
        let store = processes.stores[0]
        let (day, end) = (start.milliseconds, (start + Self.day).milliseconds)
        _ = try await store.record(.of(site, .up, at: start))
        processes.time.advance(by: Self.day - .seconds(60))
        _ = try await store.monitoring.maintain(Retention())
        processes.time.advance(by: .seconds(2 * 3_600))
        let maintenance = RollupMaintenance(database: processes.databases[1], now: processes.time.now())
        let before = try await processes.databases[1].read { try await RollupProgress.read($0) }
        let hours = try #require(before.through(.minute))
        #expect(try await maintenance.rollUp(.minute, from: hours, to: end + 3_600_000, since: before))

        // One process has made the site's day, and others' not yet.
        _ = try await processes.databases[1].maintaining { connection in
            let reader = RollupReader(connection: connection, limit: 1_000)
            try await reader.write(try await reader.days(of: site.id.rawValue, day: day))
        }
        // Another rolls a late result up, and then leaves the rest to the first.
        _ = try await store.record(.of(site, .up, at: start + .seconds(1)))
        #expect(try await maintenance.rollUpDirty(before: end))
        try await processes.databases[1].write { connection in
            try await RollupProgress.setThrough(end, of: .day, connection)
            try await RollupProgress.setThrough(end, of: .hour, connection)
        }
        let kept = Retention(raw: .seconds(1), minute: .seconds(1), hour: .seconds(1))
        processes.time.advance(by: .seconds(2 * 86_400))
        _ = try await store.monitoring.maintain(kept)
        let latency = try await store.monitoring.latency(site.id, from: start, to: start + Self.day, buckets: 1)
        #expect(latency.whole.count == 2)
    }

    @Test("a day is not made of fewer hours than it has, where another process has rolled up only the earlier ones")
    func turnsOverMidnight() async throws {
        let processes = try await Processes(2)
        let (site, start) = try await addSite(processes)
        let store = processes.stores[0]
        for hour in [21, 23] { _ = try await store.record(.of(site, .up, at: start + .seconds(hour * 3_600 + 60))) }
        // Both look at the same time how far all have come, one just before midnight and one just after.
        // All have come as far as this day, or the one would find its days done by the other.
        processes.time.advance(by: .seconds(20 * 3_600))
        _ = try await store.monitoring.maintain(Retention())
        processes.time.advance(by: .seconds(4 * 3_600 - 60))
        let early = RollupMaintenance(database: processes.databases[0], now: processes.time.now())
        processes.time.advance(by: .seconds(2 * 3_600))
        let late = RollupMaintenance(database: processes.databases[1], now: processes.time.now())
        let begun = try await late.database.maintaining { try await late.begin($0) }
        let span = try #require(begun ?? nil)
        try #require(span.end >= (start + Self.day).milliseconds)
        #expect(try await early.rollUp())
        #expect(try await late.rollUp(span))

        let kept = Retention(raw: .seconds(1), minute: .seconds(1), hour: .seconds(1))
        processes.time.advance(by: .seconds(2 * 86_400))
        _ = try await store.monitoring.maintain(kept)
        let latency = try await store.monitoring.latency(site.id, from: start, to: start + Self.day, buckets: 1)
        #expect(latency.whole.count == 2)
    }

    @Test("whatever is recorded and maintained at once, each result counts once in its day", arguments: 1...2)
    func countsOnce(_: Int) async throws {
        let processes = try await Processes(3)
        let stores = processes.stores
        let sites = try await stores[0].sites.add(
            (0..<6).map { SiteSettings(url: "https://\($0).example/") },
            by: Author(name: "tester")
        )
        let created = processes.time.now()
        let start = Timestamp(milliseconds: (created.milliseconds / 86_400_000 + 1) * 86_400_000)
        processes.time.advance(by: start - created)
        // Late results are at most six hours late, raw ones are kept for eight.
        let retention = Retention(raw: .seconds(8 * 3_600), minute: .seconds(30 * 3_600))
        var waiting: [CheckResult] = []
        for hour in 0..<48 {
            for site in sites {
                for minute in stride(from: 0, to: 60, by: 15) {
                    waiting.append(.of(site, .up, at: start + .seconds(hour * 3_600 + minute * 60)))
                }
            }
            processes.time.advance(by: Self.hour)
            let now = processes.time.now()
            var batches: [[CheckResult]] = [[], []]
            waiting.removeAll { result in
                guard now - result.slot > .seconds(5 * 3_600) || Bool.random() else { return false }
                batches[Int.random(in: 0...1)].append(result)
                return true
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (store, batch) in zip(stores, batches) {
                    group.addTask { _ = try await store.monitoring.record(batch.shuffled()) }
                }
                for store in stores where Bool.random() {
                    group.addTask { _ = try await store.monitoring.maintain(retention) }
                }
                try await group.waitForAll()
            }
        }
        _ = try await stores[0].monitoring.record(waiting)
        for _ in 0..<2 { _ = try await stores[0].monitoring.maintain(retention) }
        for site in sites {
            let latency = try await stores[0].monitoring.latency(
                site.id,
                from: start,
                to: start + .seconds(2 * 86_400),
                buckets: 2
            )
            #expect(latency.parts.map(\.count) == [96, 96])
        }
    }

    @Test("what is left of removed sites goes, however much it is")
    func removedSites() async throws {
        let processes = try await Processes(1)
        let store = processes.stores[0]
        let (site, start) = try await addSite(processes)
        let kept = try await store.addSite(SiteSettings(url: "https://kept.example/"))
        for site in [site, kept] {
            _ = try await store.monitoring.record((0..<3_000).map { .of(site, .up, at: start + .seconds($0)) })
        }
        try await store.sites.remove(site.id, by: .local)
        #expect(try await store.monitoring.maintain(Retention()) == 3_001)
        #expect(try await store.monitoring.results(ResultQuery(site: kept.id, limit: 5_000)).count == 3_000)
        let left = try await processes.databases[0].read {
            try await $0.query("SELECT count(*) AS n FROM result").first?.int("n")
        }
        #expect(left == 3_000)
    }
}
