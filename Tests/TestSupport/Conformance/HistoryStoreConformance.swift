internal import Monitoring
internal import Testing

/// What every ``MonitoringStore`` must answer of a site's history, however long it is.
package enum HistoryStoreConformance {
    package static let cases: [ConformanceCase] = [
        ConformanceCase("lists results newest first, page by page, as they were recorded", results),
        ConformanceCase("uptime counts the time with an open incident, cut to the site's life", uptime),
        ConformanceCase("latency answers percentiles for the whole span and its parts", latency),
        ConformanceCase("rollups answer as the raw results did, after these are gone", rollups),
        ConformanceCase("maintenance done again changes nothing", maintainsIdempotently),
    ]

    private static func results(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        let batch = (0..<10).map { index in
            CheckResult.of(site, Verdict.allCases[index % 3], at: start + .seconds(index), milliseconds: Int64(index))
        }
        _ = try await fixture.monitoring.record(batch)
        let all = try await fixture.monitoring.results(ResultQuery(site: site.id))
        #expect(all.map(\.slot) == batch.reversed().map(\.slot))
        #expect(all.map(\.observation) == batch.reversed().map(\.observation))
        #expect(all.map(\.attempts) == batch.reversed().map(\.attempts))
        var page = try await fixture.monitoring.results(ResultQuery(site: site.id, limit: 4))
        #expect(page == Array(all.prefix(4)))
        page = try await fixture.monitoring.results(ResultQuery(site: site.id, before: page.last?.slot, limit: 4))
        #expect(page == Array(all[4..<8]))
        let range = ResultQuery(site: site.id, from: start + .seconds(2), to: start + .seconds(4))
        #expect(try await fixture.monitoring.results(range).map(\.slot) == [4, 3, 2].map { start + .seconds($0) })
    }

    private static func uptime(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        func at(_ second: Int) -> Timestamp { start + .seconds(second) }
        for (second, verdict) in [(0, Verdict.up), (100, .down), (150, .up), (900, .down)] {
            _ = try await fixture.record(.of(site, verdict, at: at(second)))
        }
        fixture.time.advance(by: .seconds(1_000))
        let whole = try await fixture.monitoring.uptime(site.id, from: start - .seconds(5_000), to: at(9_000))
        #expect(whole == Uptime(from: start, to: at(1_000), downtime: .seconds(150), incidents: 2))
        #expect(whole.ratio == 0.85)
        let part = try await fixture.monitoring.uptime(site.id, from: at(120), to: at(220))
        #expect(part == Uptime(from: at(120), to: at(220), downtime: .seconds(30), incidents: 1))
        let calm = try await fixture.monitoring.uptime(site.id, from: at(200), to: at(800))
        #expect(calm == Uptime(from: at(200), to: at(800), downtime: .zero, incidents: 0))
        let empty = try await fixture.monitoring.uptime(site.id, from: start - .seconds(50), to: start - .seconds(20))
        #expect(empty.ratio == 1)
        try await expectStoreError(.notFound) {
            _ = try await fixture.monitoring.uptime(SiteID(rawValue: 99), from: start, to: at(10))
        }
    }

    private static func isNear(_ duration: Duration?, _ milliseconds: Double) -> Bool {
        guard let duration else { return false }
        return abs(Double(duration.milliseconds) / milliseconds - 1) < 0.06
    }

    private static func latency(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        // 1 to 100 ms, one a second.
        _ = try await fixture.monitoring.record(
            (0..<100).map { .of(site, .up, at: start + .seconds($0), milliseconds: Int64($0 + 1)) }
        )
        let end = start + .seconds(100)
        let latency = try await fixture.monitoring.latency(site.id, from: start, to: end, buckets: 4)
        #expect(latency.whole.count == 100)
        #expect(isNear(latency.whole.p50, 50))
        #expect(isNear(latency.whole.p95, 95))
        #expect(isNear(latency.whole.p99, 99))
        #expect(latency.parts.map(\.count) == [25, 25, 25, 25])
        #expect(isNear(latency.parts[3].p50, 88))
        #expect(latency.parts.map(\.from) == [0, 25, 50, 75].map { start + .seconds($0) })
        #expect(latency.parts.last?.to == end)

        let none = try await fixture.monitoring.latency(site.id, from: end, to: end + .seconds(60), buckets: 2)
        #expect(none.whole.count == 0)
        #expect(none.whole.p50 == nil)
        #expect(none.parts.count == 2)
    }

    /// PITFALLS 26: raw results go, what they came to stays.
    private static func rollups(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite(SiteSettings(url: "https://a.example/", interval: .seconds(600)))
        let created = fixture.time.now()
        let start = Timestamp(milliseconds: (created.milliseconds / 86_400_000 + 1) * 86_400_000)
        // Four days, a check every ten minutes, slower by the day.
        fixture.time.advance(by: start - created)
        let slots = (0..<(4 * 144)).map { start + .seconds($0 * 600) }
        for day in 0..<4 {
            let batch = (day * 144..<day * 144 + 144).map { index -> CheckResult in
                let verdict: Verdict = index % 12 == 0 ? .degraded : .up
                return CheckResult.of(site, verdict, at: slots[index], milliseconds: Int64(100 * (day + 1)))
            }
            _ = try await fixture.monitoring.record(batch)
            fixture.time.advance(by: .seconds(86_400))
        }
        fixture.time.advance(by: .seconds(1_800))
        let end = start + .seconds(4 * 86_400)
        let before = try await fixture.monitoring.latency(site.id, from: start, to: end, buckets: 4)
        #expect(before.parts.map(\.count) == [144, 144, 144, 144])

        // The raw results of two days go.
        let deleted = try await fixture.monitoring.maintain(Retention(raw: .seconds(2 * 86_400)))
        #expect(deleted >= 288)
        let left = try await fixture.monitoring.results(ResultQuery(site: site.id, limit: 1_000))
        #expect(left.count == 288 && left.last?.slot == start + .seconds(2 * 86_400))
        var after = try await fixture.monitoring.latency(site.id, from: start, to: end, buckets: 4)
        #expect(after == before)

        // Then the minutes and the hours, but for the days.
        let short = Retention(raw: .seconds(3_600), minute: .seconds(3_600), hour: .seconds(3_600))
        _ = try await fixture.monitoring.maintain(short)
        after = try await fixture.monitoring.latency(site.id, from: start, to: end, buckets: 4)
        #expect(after.whole.count == 576)
        #expect(after.parts.map(\.p50) == before.parts.map(\.p50))
        let last = try await fixture.monitoring.results(ResultQuery(site: site.id)).last
        #expect(last?.slot == end - .seconds(3_600), "only the hour that is kept is still there")
        #expect(try await fixture.overview(site.id).status == .up)
    }

    private static func maintainsIdempotently(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite(SiteSettings(url: "https://a.example/", interval: .seconds(600)))
        let created = fixture.time.now()
        let start = Timestamp(milliseconds: (created.milliseconds / 86_400_000 + 1) * 86_400_000)
        func record(_ range: Range<Int>) async throws {
            _ = try await fixture.monitoring.record(
                range.map { .of(site, .up, at: start + .seconds($0 * 600), milliseconds: 100) }
            )
        }
        func count() async throws -> [Int] {
            try await fixture.monitoring.latency(site.id, from: start, to: start + .seconds(2 * 86_400), buckets: 48)
                .parts.map(\.count)
        }
        fixture.time.advance(by: start - created)
        try await record(0..<144)
        fixture.time.advance(by: .seconds(86_400 + 600))
        let keep = Retention(raw: .seconds(30 * 86_400), minute: .seconds(3_600), hour: .seconds(3_600))
        for _ in 0..<3 { _ = try await fixture.monitoring.maintain(keep) }
        #expect(try await count() == Array(repeating: 6, count: 24) + Array(repeating: 0, count: 24))

        // A result that comes after its hour was rolled up is in the rollup all the same, once.
        try await record(200..<203)
        fixture.time.advance(by: .seconds(86_400))
        _ = try await fixture.monitoring.maintain(Retention())
        try await record(203..<204)
        for _ in 0..<2 { _ = try await fixture.monitoring.maintain(Retention(raw: .seconds(3_600))) }
        let counts = try await fixture.monitoring.latency(
            site.id,
            from: start,
            to: start + .seconds(2 * 86_400),
            buckets: 1
        )
        #expect(counts.whole.count == 148)
    }
}
