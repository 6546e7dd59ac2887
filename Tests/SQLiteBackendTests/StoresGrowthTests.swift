import GRDB
import Monitoring
import SQLiteBackend
import TestSupport
import Testing

@Suite("The growth of the database")
struct StoresGrowthTests {
    private func usedBytes(_ database: SQLiteDatabase) async throws -> Int {
        try await database.pool.read { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
            return (pages - free) * (try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
        }
    }

    /// Checks every site each minute of a span, with maintenance each hour.
    private func run(
        _ sites: [Site],
        hours: Range<Int>,
        from start: Timestamp,
        _ retention: Retention,
        _ fixture: StoreFixture
    ) async throws {
        for hour in hours {
            let batch = sites.flatMap { site in
                (0..<60).map { minute -> CheckResult in
                    let milliseconds = Int64(80 + (minute * 37 + hour * 11 + Int(site.id.rawValue) * 7) % 60)
                    return .of(
                        site,
                        .up,
                        at: start + .seconds((hour * 60 + minute) * 60),
                        milliseconds: milliseconds,
                        certificateEndsAt: start + .seconds(90 * 86_400)
                    )
                }
            }
            _ = try await fixture.monitoring.record(batch)
            fixture.time.advance(by: .seconds(3_600))
            _ = try await fixture.monitoring.maintain(retention)
        }
    }

    /// PITFALLS 26: 1.3 GB from 250 monitors in three months.
    @Test("once every retention has passed, the database grows no more")
    func doesNotGrowWithoutEnd() async throws {
        try await withStores { fixture, database in
            let sites = try await fixture.sites.add(
                (0..<4).map { SiteSettings(url: "https://\($0).example/") },
                by: Author(name: "tester")
            )
            let retention = Retention(
                raw: .seconds(6 * 3_600),
                minute: .seconds(86_400),
                hour: .seconds(86_400),
                day: .seconds(2 * 86_400)
            )
            let start = fixture.time.now()
            try await run(sites, hours: 0..<80, from: start, retention, fixture)
            let settled = try await usedBytes(database)
            try await run(sites, hours: 80..<160, from: start, retention, fixture)
            let later = try await usedBytes(database)
            #expect(Double(later) < Double(settled) * 1.1, "\(settled) bytes, then \(later)")
            let oldest = try await database.pool.read { try Int64.fetchOne($0, sql: "SELECT min(slot) FROM result") }
            #expect((oldest ?? 0) >= (fixture.time.now() - .seconds(7 * 3_600)).milliseconds)
        }
    }

    /// PITFALLS 26, in numbers: 1,000 sites a minute at the default retention.
    @Test("a year of 1,000 sites a minute needs less than 2 GB")
    func yearOfAThousandSites() async throws {
        try await withStores { fixture, database in
            let sites = try await fixture.sites.add(
                (0..<10).map { SiteSettings(url: "https://\($0).example/") },
                by: Author(name: "tester")
            )
            let start = Timestamp(milliseconds: fixture.time.now().milliseconds / 86_400_000 * 86_400_000)
            let empty = try await usedBytes(database)
            // All raw results are kept, then none: the difference is theirs.
            try await run(sites, hours: 0..<48, from: start, Retention(), fixture)
            let withRaw = try await usedBytes(database)
            fixture.time.advance(by: .seconds(3_600))
            _ = try await fixture.monitoring.maintain(Retention(raw: .seconds(0)))
            let rollups = Double(try await usedBytes(database) - empty)
            let raw = Double(withRaw - empty) - rollups
            // Of the rollups, minutes are kept for 30 days, hours and days for the year; half-full pages are reckoned in.
            let coarse = try await database.pool.read { db in
                try ["rollupHour", "rollupDay"].map { table in
                    try Double.fetchOne(db, sql: "SELECT sum(length(entries) + 20) * 2.0 FROM \(table)") ?? 0
                }.reduce(0, +)
            }
            // Two days of ten sites were measured.
            let bytes = 100 * (raw + rollups * 15 + coarse * 182)
            #expect(bytes < 2e9, "\(bytes / 1e9) GB; raw \(raw), rollups \(rollups)")
        }
    }

    @Test("removed sites leave nothing behind")
    func removedSitesArePurged() async throws {
        try await withStores { fixture, database in
            let site = try await fixture.addSite()
            let start = fixture.time.now()
            try await run([site], hours: 0..<60, from: start, Retention(), fixture)
            _ = try await fixture.record(.of(site, .down, at: fixture.time.now()))
            try await fixture.sites.remove(site.id, by: .local)
            let deleted = try await fixture.monitoring.maintain(Retention())
            #expect(deleted > 2_880)
            try await database.pool.read { db in
                for table in [
                    "site", "siteState", "schedule", "result", "incident", "rollupMinute", "rollupHour", "rollupDay",
                    "rollupDirty",
                ] {
                    let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)")
                    #expect(count == 0, "\(table)")
                }
            }
        }
    }
}
