import Foundation
import GRDB
import Monitoring
import Notifications
import StoredForms
import Synchronization
import TestSupport
import Testing

@testable import SQLiteBackend

@Suite("The queries of the stores")
struct StoresQueryTests {
    private let author = Author(name: "tester")

    private func plan(_ sql: String, _ arguments: StatementArguments, _ db: Database) throws -> [String] {
        try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments).map { $0["detail"] }
    }

    @Test("no query of the schedule scans or sorts a table")
    func schedulePlans() async throws {
        try await withStores { fixture, database in
            _ = try await fixture.sites.add(
                (0..<500).map { SiteSettings(url: "https://\($0).example/", interval: .seconds($0 % 3 + 1)) },
                by: author
            )
            try await database.pool.write { try $0.execute(sql: "ANALYZE") }
            let queries: [(String, StatementArguments)] = [
                (ScheduleSQL.spreadPage, ["default", 1_000, 5, 7, 900, 200]),
                (ScheduleSQL.burstPage, ["default", 1_000, 7, 200]),
                (ScheduleSQL.countAll, ["default", 1_000]), (ScheduleSQL.countPhases, ["default", 1_000, 5]),
                (ScheduleSQL.countPhase, ["default", 1_000, 5, 7]), (ScheduleSQL.countSites, ["default", 1_000, 7]),
                (ScheduleSQL.intervals, ["default"]),
            ]
            for (sql, arguments) in queries {
                let plan = try await database.pool.read { try self.plan(sql, arguments, $0) }
                let scans = plan.filter { $0.contains("SCAN") && !$0.contains("SCAN step") && !$0.contains("CONSTANT") }
                #expect(scans.isEmpty, "\(plan)")
                #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
            }
            let spread = try await database.pool.read {
                try self.plan(ScheduleSQL.spreadPage, ["default", 1_000, 5, 7, 900, 200], $0)
            }
            // A page is one range of the key: both bounds of the phase are the index's, so what it reads is what it returns.
            #expect(
                spread.first?.contains("PRIMARY KEY (region=? AND intervalMs=? AND phaseMs>? AND phaseMs<?)") == true
                    || spread.first?.contains("(region=? AND intervalMs=? AND (phaseMs,siteID)>(?,?) AND phaseMs<?)")
                        == true,
                "\(spread)"
            )
        }
    }

    /// PITFALLS 25: a query per monitor makes a page of many take a minute.
    @Test("a page of sites costs the same few queries, whatever its size")
    func noQueryPerSite() async throws {
        try await withStores { fixture, database in
            let sites = try await fixture.sites.add(
                (0..<300).map { SiteSettings(url: "https://\($0).example/", headers: ["A": "b"]) },
                by: author
            )
            let start = fixture.time.now()
            _ = try await fixture.monitoring.record(
                sites.flatMap { site in
                    (0..<5).map { .of(site, $0 == 3 ? .down : .up, at: start + .seconds($0)) }
                }
            )
            let reader = OverviewReader(now: start + .seconds(60), secrets: SecretBox(key: "a key for tests"))
            let counts = try await database.pool.read { db in
                try [1, 10, 300].map { limit in
                    let count = Mutex(0)
                    db.trace { event in
                        if case .statement = event { count.withLock { $0 += 1 } }
                    }
                    let page = try reader.page(SiteQuery(limit: limit, beats: 5), db)
                    #expect(page.items.count == limit)
                    #expect(page.items.allSatisfy { $0.beats.count == 5 && $0.latest != nil && $0.uptime24h != nil })
                    db.trace(nil)
                    return count.withLock { $0 }
                }
            }
            #expect(counts.allSatisfy { $0 == 5 }, "\(counts)")
        }
    }

    /// PITFALLS 25: the results that a page shows are found by their key, however many there are.
    @Test("beats and newest results are read by their key")
    func beatsByKey() async throws {
        try await withStores { _, database in
            try await database.pool.read { db in
                let queries: [(String, StatementArguments)] = [
                    (OverviewReader.latestSQL, ["[1,2]"]), (OverviewReader.beatsSQL, ["[1,2]", 50]),
                ]
                for (sql, arguments) in queries {
                    let plan = try self.plan(sql, arguments, db)
                    #expect(
                        plan.contains { $0.contains("SEARCH result USING PRIMARY KEY (siteID=? AND slot") },
                        "\(plan)"
                    )
                    #expect(plan.contains { $0.contains("SEARCH newest USING PRIMARY KEY (siteID=?)") }, "\(plan)")
                    #expect(!plan.contains { $0.contains("SCAN result") }, "\(plan)")
                }
            }
        }
    }

    @Test("a year of daily windows is left out of the uptime by an index and one expansion")
    func uptimeOfYear() async throws {
        try await withStores { fixture, database in
            let site = try await fixture.addSite()
            let start = fixture.time.now()
            let zone = try #require(IANAZone("Europe/Berlin"))
            for hour in 0..<10 {
                let settings = MaintenanceSettings(
                    title: "Every day",
                    scope: MaintenanceScope(all: true),
                    schedule: MaintenanceSchedule(
                        start: start + .seconds(hour * 3_600),
                        duration: .seconds(600),
                        zone: zone,
                        rule: try RecurrenceRule("FREQ=DAILY")
                    )
                )
                _ = try await fixture.maintenance.add(settings, by: author)
            }
            fixture.time.advance(by: .seconds(365 * 86_400))
            let clock = ContinuousClock.now
            let uptime = try await fixture.monitoring.uptime(site.id, from: start, to: fixture.time.now())
            #expect(uptime.maintenance >= .seconds(364 * 10 * 600))
            // It takes some milliseconds in a release build; this is a limit that only a mistake of scale exceeds.
            #expect(ContinuousClock.now - clock < .seconds(10))
            try await database.pool.read { db in
                let plan = try self.plan(
                    "SELECT scope FROM maintenanceTerm WHERE untilAt > ? AND fromAt < ? AND fromAt < untilAt",
                    [0, 1],
                    db
                )
                #expect(plan.contains { $0.contains("USING INDEX maintenanceTermByEnd") }, "\(plan)")
            }
        }
    }

    @Test("a batch of results is one transaction with one query each for its sites, its slots and its maintenance")
    func recordsWithThreeQueries() async throws {
        try await withStores { fixture, database in
            let sites = try await fixture.sites.add(
                (0..<50).map { SiteSettings(url: "https://\($0).example/") },
                by: author
            )
            let now = fixture.time.now()
            let selects = Mutex<[String]>([])
            try await database.pool.writeWithoutTransaction { db in
                db.trace { event in
                    let sql = "\(event)"
                    if sql.contains("SELECT") || sql.contains("COMMIT") { selects.withLock { $0.append(sql) } }
                }
            }
            _ = try await fixture.monitoring.record(sites.map { .of($0, .down, at: now) })
            try await database.pool.writeWithoutTransaction { $0.trace(nil) }
            let statements = selects.withLock { $0 }
            #expect(statements.count(where: { $0.contains("SELECT") }) == 3, "\(statements)")
            #expect(statements.count(where: { $0.contains("COMMIT") }) == 1, "\(statements)")
        }
    }

    @Test("a new default interval reaches every site, more than one transaction's worth of them")
    func defaultIntervalInChunks() async throws {
        try await withStores { fixture, _ in
            let count = SQLiteSiteStore.intervalChunk + 1
            _ = try await fixture.sites.add((0..<count).map { SiteSettings(url: "https://\($0).example/") }, by: author)
            try await fixture.sites.applyDefaultInterval(.seconds(5))
            #expect(try await fixture.schedule.intervals(region: Region.default) == [.seconds(5)])
            let now = fixture.time.now()
            let gap = ScheduleGap(
                region: Region.default,
                schedule: .spread,
                interval: .seconds(5),
                after: .end(of: now),
                through: now + .seconds(5)
            )
            let term = try await fixture.schedule.beginTerm(region: Region.default)
            #expect(try await fixture.schedule.recordGap(gap, in: term) == count)
        }
    }

    @Test("the database itself keeps a site to one open incident")
    func oneOpenIncident() async throws {
        try await withStores { fixture, database in
            let site = try await fixture.addSite()
            _ = try await fixture.record(.of(site, .down, at: fixture.time.now()))
            await #expect(throws: DatabaseError.self) {
                try await database.pool.write { db in
                    try db.execute(
                        sql: "INSERT INTO incident (siteID, siteName, startedAt, regions) VALUES (?, 'x', 0, '[]')",
                        arguments: [site.id.rawValue]
                    )
                }
            }
        }
    }

    @Test("every change records its author")
    func audit() async throws {
        try await withStores { fixture, database in
            let site = try await fixture.addSite()
            var settings = site.settings
            settings.method = "HEAD"
            let alice = Author(name: "alice")
            _ = try await fixture.sites.update(site.id, to: settings, revision: nil, by: alice)
            let hook = try await fixture.channels.add(.init(name: "c", type: .console), by: alice)
            let token = try await fixture.tokens.addToken(named: "ci", scopes: [.read], hash: "x", by: alice)
            try await fixture.tokens.revokeToken(token.id, by: .local)
            try await fixture.sites.remove(site.id, by: .local)
            let rows = try await database.pool.read {
                try String.fetchAll($0, sql: "SELECT author || ' ' || action || ' ' || subject FROM audit ORDER BY id")
            }
            #expect(
                rows == [
                    "tester site.add \(site.id)", "alice site.update \(site.id)", "alice channel.add \(hook.id)",
                    "alice token.add \(token.id)", "local token.revoke \(token.id)", "local site.remove \(site.id)",
                ]
            )
            fixture.time.advance(by: .seconds(366 * 86_400))
            _ = try await fixture.monitoring.maintain(Retention())
            let left = try await database.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM audit") }
            #expect(left == 0)
        }
    }
}
