internal import Monitoring
internal import Testing

/// What every ``MonitoringStore`` must do.
package enum MonitoringStoreConformance {
    private static let author = Author(name: "tester")

    package static let cases: [ConformanceCase] = [
        ConformanceCase("the first result makes a site up, and nobody is told", firstResult),
        ConformanceCase("down opens one incident and up closes it, each told once, in order", downAndUp),
        ConformanceCase("a slot is recorded once, whatever comes the second time", recordsOnce),
        ConformanceCase("a slot ends once, with a result or without one, whoever comes late", endsSlotsOnce),
        ConformanceCase("what doesn't fit into a slot counts on in the next", countsOn),
        ConformanceCase("an older slot, an older revision and a paused site are history only", historyOnly),
        ConformanceCase("results of one batch count in the order of their slots", ordersBatch),
        ConformanceCase("a result that the database refuses is left out, and the batch is stored", refusesOne),
        ConformanceCase("a slot days ahead is refused, so that it can't stop its site's state", refusesFuture),
        ConformanceCase("an unknown site's result is not stored", unknownSite),
        ConformanceCase("of several regions the majority decides", majority),
        ConformanceCase("a near end of the certificate is told once", certificate),
        ConformanceCase("the outbox is read in order, and rows are offered again after they were sent", outbox),
        ConformanceCase("lists incidents newest first, and acknowledges once", incidents),
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

    private static func refusesFuture(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let now = fixture.time.now()
        guard case .refused(let reason) = try await fixture.record(.of(site, .down, at: now + .seconds(2 * 86_400)))
        else {
            Issue.record("a foreign producer's slot in the future was taken")
            return
        }
        #expect(reason.contains("ahead"))
        #expect(try await fixture.monitoring.results(ResultQuery(site: site.id)).isEmpty)
        #expect(try await fixture.record(.of(site, .up, at: now)) == .recorded([]))
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
}
