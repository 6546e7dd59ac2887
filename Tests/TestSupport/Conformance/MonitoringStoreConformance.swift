internal import Monitoring
internal import Testing

/// What every ``MonitoringStore`` must do.
package enum MonitoringStoreConformance {
    private static let author = Author(name: "tester")

    package static let cases: [ConformanceCase] = [
        ConformanceCase("the first result makes a site up, and nobody is told", firstResult),
        ConformanceCase("down opens one incident and up closes it, each told once, in order", downAndUp),
        ConformanceCase("a slot is recorded once, whatever comes the second time", recordsOnce),
        ConformanceCase("what doesn't fit into a slot counts on in the next", countsOn),
        ConformanceCase("an older slot, an older revision and a paused site are history only", historyOnly),
        ConformanceCase("results of one batch count in the order of their slots", ordersBatch),
        ConformanceCase("a result that the database refuses is left out, and the batch is stored", refusesOne),
        ConformanceCase("an unknown site's result is not stored", unknownSite),
        ConformanceCase("of several regions the majority decides", majority),
        ConformanceCase("a near end of the certificate is told once", certificate),
        ConformanceCase("the outbox is read in order, and rows are offered again after they were sent", outbox),
        ConformanceCase("lists incidents newest first, and acknowledges once", incidents),
        ConformanceCase("lists results newest first, page by page, as they were recorded", results),
        ConformanceCase("uptime counts the time with an open incident, cut to the site's life", uptime),
        ConformanceCase("latency answers percentiles for the whole span and its parts", latency),
        ConformanceCase("rollups answer as the raw results did, after these are gone", rollups),
        ConformanceCase("maintenance done again changes nothing", maintainsIdempotently),
    ]

    private static func firstResult(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        #expect(try await fixture.record(.of(site, .up, at: fixture.time.now())) == .recorded([]))
        #expect(try await fixture.overview(site.id).status == .up)
        #expect(try await fixture.monitoring.outbox(limit: 10).isEmpty)
        #expect(try await fixture.monitoring.incidents(IncidentQuery()).isEmpty)
        #expect(try await fixture.monitoring.record([]).isEmpty)
    }

    private static func downAndUp(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite(SiteSettings(name: "Shop", url: "https://shop.example/", tags: ["prod"]))
        let start = fixture.time.now()
        let down = CheckResult.of(site, .down, at: start + .seconds(60))
        _ = try await fixture.record(.of(site, .up, at: start))
        guard case .recorded(let downs) = try await fixture.record(down), downs.count == 1 else {
            Issue.record("down was not told once")
            return
        }
        let incident = try #require(try await fixture.monitoring.incidents(IncidentQuery()).first)
        #expect(incident.startedAt == down.slot)
        #expect(incident.endedAt == nil)
        #expect(incident.siteName == "Shop")
        #expect(incident.failure == down.observation.failure)
        #expect(incident.statusCode == 500)
        #expect(incident.regions == ["default"])
        #expect(downs.first?.kind == .down)
        #expect(downs.first?.incident == incident.id)
        #expect(downs.first?.failure == down.observation.failure)
        #expect(downs.first?.tags == ["prod"])

        #expect(try await fixture.record(.of(site, .down, at: start + .seconds(120))) == .recorded([]))
        let end = start + .seconds(180)
        guard case .recorded(let ups) = try await fixture.record(.of(site, .up, at: end)) else {
            Issue.record("up was not recorded")
            return
        }
        #expect(ups.map(\.kind) == [.up])
        #expect(ups.first?.incident == incident.id)
        #expect(ups.first?.startedAt == incident.startedAt)
        #expect(ups.first?.endedAt == end)
        #expect(try await fixture.monitoring.incident(incident.id)?.endedAt == end)
        #expect(try await fixture.monitoring.incidents(IncidentQuery()).count == 1)

        let outbox = try await fixture.monitoring.outbox(limit: 10)
        #expect(outbox.map(\.transition) == downs + ups)
        #expect(Set(outbox.map(\.eventID)).count == 2)
        for entry in outbox {
            #expect(entry.eventID.hasPrefix("evt_") && entry.eventID.count == 30)
        }
    }

    /// PITFALLS 12, invariant 4: a job that was delivered twice changes nothing the second time.
    private static func recordsOnce(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let now = fixture.time.now()
        let down = CheckResult.of(site, .down, at: now)
        let outcomes = try await fixture.monitoring.record([down, down])
        #expect(outcomes.count == 2 && outcomes.last == .duplicate)
        #expect(try await fixture.record(.of(site, .up, at: now)) == .duplicate)
        #expect(try await fixture.overview(site.id).status == .down)
        #expect(try await fixture.monitoring.outbox(limit: 10).count == 1)
        let results = try await fixture.monitoring.results(ResultQuery(site: site.id))
        #expect(results.map(\.observation) == [down.observation])
    }

    private static func countsOn(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite(
            SiteSettings(url: "https://a.example/", confirm: Confirmation(failures: 3, recoveries: 2))
        )
        let start = fixture.time.now()
        func record(_ verdict: Verdict, _ second: Int, attempts: Int) async throws -> SiteStatus {
            _ = try await fixture.record(.of(site, verdict, at: start + .seconds(second), attempts: attempts))
            return try await fixture.overview(site.id).status
        }
        #expect(try await record(.up, 0, attempts: 1) == .up)
        #expect(try await record(.down, 1, attempts: 2) == .up)
        #expect(try await record(.down, 2, attempts: 1) == .down)
        #expect(try await record(.up, 3, attempts: 1) == .down)
        #expect(try await record(.down, 4, attempts: 1) == .down)
        #expect(try await record(.up, 5, attempts: 1) == .down)
        #expect(try await record(.up, 6, attempts: 1) == .up)
        #expect(try await fixture.monitoring.outbox(limit: 10).map(\.transition.kind) == [.down, .up])
    }

    private static func historyOnly(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        _ = try await fixture.record(.of(site, .up, at: start + .seconds(60)))
        #expect(try await fixture.record(.of(site, .down, at: start)) == .history)
        #expect(try await fixture.record(.of(site, .down, at: start + .seconds(70), region: "mars")) == .history)

        var settings = site.settings
        settings.method = "HEAD"
        let updated = try await fixture.sites.update(site.id, to: settings, revision: nil, by: author)
        #expect(try await fixture.record(.of(site, .down, at: start + .seconds(120))) == .history)
        settings.paused = true
        let paused = try await fixture.sites.update(site.id, to: settings, revision: nil, by: author)
        #expect(try await fixture.record(.of(paused, .down, at: start + .seconds(180))) == .history)
        #expect(try await fixture.overview(site.id).status == .paused)
        settings.paused = false
        let resumed = try await fixture.sites.update(site.id, to: settings, revision: nil, by: author)
        #expect(try await fixture.overview(site.id).status == .up)
        #expect(try await fixture.record(.of(updated, .down, at: start + .seconds(240))) == .history)
        #expect(try await fixture.monitoring.outbox(limit: 10).isEmpty)
        #expect(try await fixture.monitoring.results(ResultQuery(site: site.id)).count == 6)
        _ = try await fixture.record(.of(resumed, .down, at: start + .seconds(300)))
        #expect(try await fixture.overview(site.id).status == .down)
    }

    private static func ordersBatch(_ fixture: StoreFixture) async throws {
        let one = try await fixture.addSite(SiteSettings(url: "https://one.example/"))
        let two = try await fixture.addSite(SiteSettings(url: "https://two.example/"))
        let start = fixture.time.now()
        let outcomes = try await fixture.monitoring.record([
            .of(one, .up, at: start + .seconds(60)), .of(two, .down, at: start), .of(one, .down, at: start),
        ])
        #expect(!outcomes.contains(.history))
        #expect(try await fixture.overview(one.id).status == .up)
        #expect(try await fixture.overview(two.id).status == .down)
        let kinds = try await fixture.monitoring.outbox(limit: 10).filter { $0.transition.site == one.id }
            .map(\.transition.kind)
        #expect(kinds == [.down, .up])
    }

    private static func refusesOne(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        var batch = (0..<20).map { CheckResult.of(site, .up, at: start + .seconds($0)) }
        // No slot has less than one attempt; the database knows that too.
        batch[13] = .of(site, .down, at: start + .seconds(13), attempts: 0)
        let outcomes = try await fixture.monitoring.record(batch)
        #expect(outcomes.count == 20)
        for (index, outcome) in outcomes.enumerated() {
            if index == 13, case .refused(let reason) = outcome {
                #expect(!reason.isEmpty)
            } else {
                #expect(outcome == .recorded([]), "\(index)")
            }
        }
        #expect(try await fixture.monitoring.results(ResultQuery(site: site.id)).count == 19)
        #expect(try await fixture.overview(site.id).status == .up)
    }

    private static func unknownSite(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let ghost = Site(
            id: SiteID(rawValue: 4_711),
            revision: 1,
            settings: site.settings,
            interval: site.interval,
            createdAt: site.createdAt,
            updatedAt: site.updatedAt
        )
        let now = fixture.time.now()
        #expect(
            try await fixture.monitoring.record([.of(ghost, .down, at: now), .of(site, .up, at: now)])
                == [.unknownSite, .recorded([])]
        )
        #expect(try await fixture.monitoring.results(ResultQuery(site: ghost.id)).isEmpty)
    }

    private static func majority(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite(SiteSettings(url: "https://a.example/", regions: ["a", "b", "c"]))
        let start = fixture.time.now()
        func record(_ verdict: Verdict, _ region: String, _ second: Int) async throws -> SiteStatus {
            _ = try await fixture.record(.of(site, verdict, at: start + .seconds(second), region: region))
            return try await fixture.overview(site.id).status
        }
        for region in ["a", "b", "c"] { #expect(try await record(.up, region, 0) == .up) }
        #expect(try await record(.down, "a", 60) == .degraded)
        #expect(try await record(.down, "b", 60) == .down)
        #expect(try await record(.down, "c", 60) == .down)
        #expect(try await record(.up, "a", 120) == .down)
        #expect(try await record(.up, "b", 120) == .degraded)
        #expect(try await record(.up, "c", 120) == .up)
        let told = try await fixture.monitoring.outbox(limit: 10).map(\.transition)
        #expect(told.map(\.kind) == [.degraded, .down, .up, .degraded])
        #expect(told.map(\.regions) == [["a"], ["a", "b"], ["a", "b"], ["c"]])
        let beats = try await fixture.overview(site.id, beats: 4).beats
        #expect(beats.map(\.verdict) == [.down, .up, .up, .up])
    }

    private static func certificate(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        let near = start + .seconds(10 * 86_400)
        for second in 0..<3 {
            _ = try await fixture.record(.of(site, .up, at: start + .seconds(second), certificateEndsAt: near))
        }
        let told = try await fixture.monitoring.outbox(limit: 10).map(\.transition)
        #expect(told.map(\.kind) == [.certificateExpiring])
        #expect(told.first?.certificateEndsAt == near)
        #expect(told.first?.incident == nil)
    }

    private static func outbox(_ fixture: StoreFixture) async throws {
        let sites = try await fixture.sites.add((0..<5).map { SiteSettings(url: "https://\($0).example/") }, by: author)
        let start = fixture.time.now()
        for (index, site) in sites.enumerated() {
            _ = try await fixture.record(.of(site, .down, at: start + .seconds(index)))
        }
        let first = try await fixture.monitoring.outbox(limit: 3)
        #expect(first.map(\.transition.site) == sites.prefix(3).map(\.id))
        #expect(first.map(\.id) == first.map(\.id).sorted())
        try await fixture.monitoring.markSent(Array(first.prefix(2)))
        fixture.time.advance(by: .seconds(10))
        let moment = fixture.time.now()
        try await fixture.monitoring.markSent(Array(first.suffix(1)))
        #expect(try await fixture.monitoring.outbox(limit: 10).map(\.transition.site) == sites.suffix(2).map(\.id))

        #expect(try await fixture.monitoring.offerAgain(sentSince: moment) == 1)
        let again = try await fixture.monitoring.outbox(limit: 10)
        #expect(again.first == first.last, "the same event, with the same id")
        #expect(again.count == 3)
        try await fixture.monitoring.markSent(again)

        // What was sent stays an hour.
        fixture.time.advance(by: .seconds(3_500))
        _ = try await fixture.monitoring.maintain(Retention())
        #expect(try await fixture.monitoring.offerAgain(sentSince: start) == 5)
        try await fixture.monitoring.markSent(try await fixture.monitoring.outbox(limit: 10))
        fixture.time.advance(by: .seconds(3_601))
        _ = try await fixture.monitoring.maintain(Retention())
        #expect(try await fixture.monitoring.offerAgain(sentSince: start) == 0)
    }

    private static func incidents(_ fixture: StoreFixture) async throws {
        let one = try await fixture.addSite(SiteSettings(url: "https://one.example/"))
        let two = try await fixture.addSite(SiteSettings(url: "https://two.example/"))
        let start = fixture.time.now()
        for second in stride(from: 0, to: 40, by: 20) {
            _ = try await fixture.record(.of(one, .down, at: start + .seconds(second)))
            _ = try await fixture.record(.of(one, .up, at: start + .seconds(second + 10)))
        }
        _ = try await fixture.record(.of(two, .down, at: start + .seconds(50)))
        let all = try await fixture.monitoring.incidents(IncidentQuery())
        #expect(all.map(\.site) == [two.id, one.id, one.id])
        #expect(all.map(\.id) == all.map(\.id).sorted(by: >))
        let page = try await fixture.monitoring.incidents(IncidentQuery(limit: 2))
        #expect(page == Array(all.prefix(2)))
        #expect(try await fixture.monitoring.incidents(IncidentQuery(before: page.last?.id)) == [all[2]])
        #expect(try await fixture.monitoring.incidents(IncidentQuery(site: one.id)) == Array(all.suffix(2)))
        #expect(try await fixture.monitoring.incidents(IncidentQuery(isOpen: true)) == [all[0]])
        #expect(try await fixture.monitoring.incidents(IncidentQuery(isOpen: false)) == Array(all.suffix(2)))

        let seen = try await fixture.monitoring.acknowledge(all[0].id, by: author)
        #expect(seen.acknowledgedBy == "tester")
        #expect(seen.acknowledgedAt == fixture.time.now())
        fixture.time.advance(by: .seconds(1))
        #expect(try await fixture.monitoring.acknowledge(all[0].id, by: Author(name: "another")) == seen)
        #expect(try await fixture.monitoring.incident(all[0].id) == seen)
        try await expectStoreError(.notFound) {
            _ = try await fixture.monitoring.acknowledge(IncidentID(rawValue: 99), by: author)
        }
    }

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
        let slots = (0..<(4 * 144)).map { start + .seconds($0 * 600) }
        for day in 0..<4 {
            let batch = (day * 144..<day * 144 + 144).map { index -> CheckResult in
                let verdict: Verdict = index % 12 == 0 ? .degraded : .up
                return CheckResult.of(site, verdict, at: slots[index], milliseconds: Int64(100 * (day + 1)))
            }
            _ = try await fixture.monitoring.record(batch)
        }
        fixture.time.advance(by: start - created + .seconds(4 * 86_400 + 1_800))
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
        #expect(try await fixture.monitoring.results(ResultQuery(site: site.id)).isEmpty)
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
        try await record(0..<144)
        fixture.time.advance(by: start - created + .seconds(86_400 + 600))
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
