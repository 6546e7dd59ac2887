internal import Monitoring
internal import Testing

extension MaintenanceStoreConformance {
    static let effects = [
        ConformanceCase("what falls in a window is not told, and told once it is over if it still is down", staysDown),
        ConformanceCase("what was down before a window is taken back in it", recoversInside),
        ConformanceCase("what falls and rises in a window is never told", flapsInside),
        ConformanceCase("a certificate's near end waits for the end of the window", holdsCertificate),
        ConformanceCase("sites show maintenance while it is, by number and by tag, and then what they are", shows),
        ConformanceCase("a site that gets or loses a tag in a window is shown so", followsTags),
        ConformanceCase("results of a window are kept, and its time is left out of the uptime", leavesOut),
        ConformanceCase("windows of the past stay out of the uptime after they were changed", keepsPast),
    ]

    private static func kinds(_ fixture: StoreFixture) async throws -> [Transition.Kind] {
        try await fixture.monitoring.outbox(limit: 100).map(\.transition.kind)
    }

    private static func staysDown(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        _ = try await fixture.record(.of(site, .up, at: start))
        _ = try await fixture.maintenance.add(try settings(fixture, in: 10, for: .seconds(100)), by: author)
        #expect(try await fixture.record(.of(site, .down, at: start + .seconds(10))) == .recorded([]))
        #expect(try await fixture.record(.of(site, .down, at: start + .seconds(109))) == .recorded([]))
        #expect(try await fixture.monitoring.incidents(IncidentQuery()).isEmpty)
        // The first slot that is not in it.
        let told = try await fixture.record(.of(site, .down, at: start + .seconds(110))).transitions
        #expect(told.map(\.kind) == [.down])
        let incident = try #require(try await fixture.monitoring.incidents(IncidentQuery()).first)
        #expect(incident.startedAt == start + .seconds(110))
        #expect(told.first?.incident == incident.id)
        #expect(try await fixture.record(.of(site, .down, at: start + .seconds(111))) == .recorded([]))
        let ups = try await fixture.record(.of(site, .up, at: start + .seconds(120))).transitions
        #expect(ups.map(\.kind) == [.up])
        #expect(ups.first?.startedAt == incident.startedAt)
        #expect(try await kinds(fixture) == [.down, .up])
    }

    private static func recoversInside(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        _ = try await fixture.record(.of(site, .down, at: start))
        _ = try await fixture.maintenance.add(try settings(fixture, in: 10, for: .seconds(100)), by: author)
        #expect(try await fixture.record(.of(site, .down, at: start + .seconds(20))) == .recorded([]))
        let ups = try await fixture.record(.of(site, .up, at: start + .seconds(30))).transitions
        #expect(ups.map(\.kind) == [.up])
        #expect(try await fixture.monitoring.incidents(IncidentQuery()).first?.endedAt == start + .seconds(30))
        // Again, which is not told until the window is over.
        #expect(try await fixture.record(.of(site, .down, at: start + .seconds(40))) == .recorded([]))
        #expect(try await kinds(fixture) == [.down, .up])
        #expect(
            try await fixture.record(.of(site, .down, at: start + .seconds(200))).transitions.map(\.kind) == [.down]
        )
        #expect(try await fixture.monitoring.incidents(IncidentQuery()).count == 2)
    }

    private static func flapsInside(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        _ = try await fixture.maintenance.add(try settings(fixture, for: .seconds(100)), by: author)
        let verdicts: [Verdict] = [.up, .down, .degraded, .down, .up, .degraded, .up]
        for (second, verdict) in verdicts.enumerated() {
            #expect(try await fixture.record(.of(site, verdict, at: start + .seconds(second * 10))) == .recorded([]))
        }
        #expect(try await fixture.record(.of(site, .up, at: start + .seconds(200))) == .recorded([]))
        #expect(try await kinds(fixture).isEmpty)
        #expect(try await fixture.monitoring.incidents(IncidentQuery()).isEmpty)
        #expect(try await fixture.monitoring.results(ResultQuery(site: site.id)).count == 8)
    }

    private static func holdsCertificate(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        let end = start + .seconds(86_400)
        _ = try await fixture.maintenance.add(try settings(fixture, for: .seconds(100)), by: author)
        let inside = CheckResult.of(site, .up, at: start, certificateEndsAt: end)
        #expect(try await fixture.record(inside) == .recorded([]))
        let after = CheckResult.of(site, .up, at: start + .seconds(100), certificateEndsAt: end)
        #expect(try await fixture.record(after).transitions.map(\.kind) == [.certificateExpiring])
    }

    private static func shows(_ fixture: StoreFixture) async throws {
        let named = try await fixture.addSite(SiteSettings(name: "named", url: "https://a.example/"))
        let tagged = try await fixture.addSite(SiteSettings(name: "tagged", url: "https://b.example/", tags: ["x"]))
        let other = try await fixture.addSite(SiteSettings(name: "other", url: "https://c.example/", tags: ["y"]))
        let start = fixture.time.now()
        let scope = MaintenanceScope(sites: [named.id], tags: ["x", "z"])
        _ = try await fixture.maintenance.add(
            try settings(fixture, in: 10, for: .seconds(100), scope: scope),
            by: author
        )
        func statuses() async throws -> [SiteStatus] {
            try await fixture.sites.overviews(SiteQuery()).items.map(\.status)
        }
        _ = try await fixture.record(.of(named, .up, at: start))
        #expect(try await fixture.maintenance.showWindows() == 0)
        #expect(try await statuses() == [.up, .pending, .pending])
        fixture.time.advance(by: .seconds(11))
        #expect(try await fixture.maintenance.showWindows() == 2)
        #expect(try await fixture.maintenance.showWindows() == 0)
        #expect(try await statuses() == [.maintenance, .maintenance, .pending])
        #expect(try await fixture.overview(named.id).since == start + .seconds(10))
        // Results go on below it.
        _ = try await fixture.record(.of(named, .down, at: start + .seconds(20)))
        _ = try await fixture.record(.of(other, .up, at: start + .seconds(20)))
        #expect(try await statuses() == [.maintenance, .maintenance, .up])
        #expect(try await fixture.sites.statusCounts() == [.maintenance: 2, .up: 1])
        let found = try await fixture.sites.overviews(SiteQuery(status: .maintenance)).items.map(\.site.id)
        #expect(found == [named.id, tagged.id])
        #expect(try await fixture.overview(tagged.id).uptime24h == nil, "it was never checked")
        fixture.time.advance(by: .seconds(99))
        #expect(try await fixture.maintenance.showWindows() == 2)
        #expect(try await statuses() == [.down, .pending, .up])
        #expect(try await fixture.overview(named.id).since == start + .seconds(20))
    }

    private static func followsTags(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        _ = try await fixture.maintenance.add(
            try settings(fixture, scope: MaintenanceScope(tags: ["x"])),
            by: author
        )
        #expect(try await fixture.overview(site.id).status == .pending)
        var settings = site.settings
        settings.tags = ["x"]
        let tagged = settings
        _ = try await fixture.sites.update(site.id, to: tagged, revision: nil, by: author)
        #expect(try await fixture.maintenance.showWindows() == 1)
        #expect(try await fixture.overview(site.id).status == .maintenance)
        let plain = site.settings
        _ = try await fixture.sites.update(site.id, to: plain, revision: nil, by: author)
        #expect(try await fixture.maintenance.showWindows() == 1)
        #expect(try await fixture.overview(site.id).status == .pending)
    }

    private static func leavesOut(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        // Down from 100 to 400, in maintenance from 200 to 300, of 1,000 seconds.
        _ = try await fixture.maintenance.add(try settings(fixture, in: 200, for: .seconds(100)), by: author)
        _ = try await fixture.record(.of(site, .up, at: start))
        _ = try await fixture.record(.of(site, .down, at: start + .seconds(100)))
        _ = try await fixture.record(.of(site, .down, at: start + .seconds(250)))
        _ = try await fixture.record(.of(site, .up, at: start + .seconds(400)))
        fixture.time.advance(by: .seconds(1_000))
        let uptime = try await fixture.monitoring.uptime(site.id, from: start, to: start + .seconds(1_000))
        #expect(uptime.downtime == .seconds(200))
        #expect(uptime.maintenance == .seconds(100))
        #expect(uptime.incidents == 1)
        #expect(abs(uptime.ratio - (1 - 200.0 / 900)) < 1e-9)
        let overview = try await fixture.overview(site.id)
        #expect(abs((overview.uptime24h ?? 0) - uptime.ratio) < 1e-9)
        let inside = try await fixture.monitoring.uptime(
            site.id,
            from: start + .seconds(210),
            to: start + .seconds(290)
        )
        #expect(inside.downtime == .zero && inside.ratio == 1)
    }

    private static func keepsPast(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        let window = try await fixture.maintenance.add(try settings(fixture, rule: "FREQ=DAILY"), by: author)
        fixture.time.advance(by: .seconds(2 * 86_400 + 3_600))
        var settings = window.settings
        settings.schedule.duration = .seconds(60)
        settings.scope = MaintenanceScope(tags: ["nobody"])
        let changed = settings
        _ = try await fixture.maintenance.update(window.id, to: changed, revision: nil, by: author)
        let uptime = try await fixture.monitoring.uptime(site.id, from: start, to: fixture.time.now())
        #expect(uptime.maintenance == .seconds(3 * 600))
        fixture.time.advance(by: .seconds(86_400))
        let later = try await fixture.monitoring.uptime(site.id, from: start, to: fixture.time.now())
        #expect(later.maintenance == .seconds(3 * 600))
    }
}
