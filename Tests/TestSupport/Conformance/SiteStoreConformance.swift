internal import Monitoring
internal import Testing

/// What every ``SiteStore`` must do.
package enum SiteStoreConformance {
    private static let author = Author(name: "tester")

    package static let cases: [ConformanceCase] = [
        ConformanceCase("keeps every setting of a site", keepsSettings),
        ConformanceCase("refuses a name that is taken, and adds none of the others", refusesTakenName),
        ConformanceCase("an upsert adds what is new and changes what is there", upserts),
        ConformanceCase("an update raises the revision, and one from an older revision is refused", updates),
        ConformanceCase("a removed site is hidden, its incident closed, its name free", removes),
        ConformanceCase("finds sites by ids and by name", finds),
        ConformanceCase("pages through the sites in the order of their ids", pages),
        ConformanceCase("filters by text, tag and status", filters),
        ConformanceCase("counts the sites in each status", countsStatuses),
        ConformanceCase("an overview has the newest result, the beats and the uptime", overviews),
        ConformanceCase("the default interval is that of sites that set none, and of later ones", defaultInterval),
    ]

    private static func full() -> SiteSettings {
        SiteSettings(
            name: "Full",
            url: "https://example.com/full",
            method: "POST",
            headers: ["Authorization": "Bearer abc", "X-A": "ü"],
            body: "{\"a\":1}",
            verifyTLS: false,
            interval: .seconds(30),
            timeout: .milliseconds(2_500),
            expect: Expectation(
                status: [StatusRange(200...204), StatusRange(301...301)],
                body: "ok",
                latency: .milliseconds(800),
                certificateDays: nil
            ),
            redirects: 0,
            confirm: Confirmation(failures: 3, recoveries: 2, interval: .seconds(1)),
            regions: ["eu", "us"],
            group: "shop",
            tags: ["a", "b"],
            paused: true
        )
    }

    private static func keepsSettings(_ fixture: StoreFixture) async throws {
        let full = try await fixture.addSite(full())
        let plain = try await fixture.addSite(SiteSettings(url: "https://example.com/plain"))
        #expect(full.revision == 1)
        #expect(full.interval == .seconds(30))
        #expect(full.createdAt == fixture.time.now())
        #expect(plain.interval == .seconds(60))
        #expect(full.settings == self.full())
        #expect(try await fixture.sites.site(full.id) == full)
        #expect(try await fixture.sites.site(plain.id) == plain)
    }

    private static func refusesTakenName(_ fixture: StoreFixture) async throws {
        let taken = try await fixture.addSite(SiteSettings(name: "taken", url: "https://a.example/"))
        let new = SiteSettings(name: "new", url: "https://b.example/")
        do {
            _ = try await fixture.sites.add([new, SiteSettings(name: "taken", url: "https://c.example/")], by: author)
            Issue.record("the name was taken twice")
        } catch let error as StoreError {
            #expect(error.code == .conflict)
            #expect(error.message.contains("taken"))
        }
        #expect(try await fixture.sites.site(named: "new") == nil)
        #expect(try await fixture.sites.site(named: "taken") == taken)
        let other = try await fixture.addSite(new)
        var renamed = other.settings
        renamed.name = "taken"
        let settings = renamed
        try await expectStoreError(.conflict) {
            _ = try await fixture.sites.update(other.id, to: settings, revision: nil, by: author)
        }
        #expect(try await fixture.sites.site(other.id) == other)
    }

    private static func upserts(_ fixture: StoreFixture) async throws {
        let old = try await fixture.addSite(SiteSettings(name: "one", url: "https://one.example/"))
        let same = try await fixture.addSite(SiteSettings(name: "same", url: "https://same.example/"))
        fixture.time.advance(by: .seconds(5))
        let (sites, added) = try await fixture.sites.upsert(
            [
                SiteSettings(name: "one", url: "https://one.example/new", headers: ["A": "b"]),
                same.settings, SiteSettings(name: "two", url: "https://two.example/"),
            ],
            by: author
        )
        #expect(added == 1)
        #expect(sites.map(\.revision) == [2, 1, 1])
        #expect(sites.first?.id == old.id)
        #expect(sites.first?.settings.url == "https://one.example/new")
        #expect(sites.first?.createdAt == old.createdAt)
        #expect(sites.first?.updatedAt == fixture.time.now())
        #expect(try await fixture.sites.sites(sites.map(\.id)) == sites)
    }

    private static func updates(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        var settings = site.settings
        settings.interval = .seconds(10)
        let changed = settings
        let updated = try await fixture.sites.update(site.id, to: changed, revision: 1, by: author)
        #expect(updated.revision == 2)
        #expect(updated.interval == .seconds(10))
        #expect(try await fixture.sites.site(site.id) == updated)
        try await expectStoreError(.conflict) {
            _ = try await fixture.sites.update(site.id, to: site.settings, revision: 1, by: author)
        }
        try await expectStoreError(.notFound) {
            _ = try await fixture.sites.update(SiteID(rawValue: 999), to: changed, revision: nil, by: author)
        }
        #expect(try await fixture.sites.site(site.id) == updated)
    }

    private static func removes(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let now = fixture.time.now()
        _ = try await fixture.record(.of(site, .down, at: now))
        let incident = try #require(try await fixture.monitoring.incidents(IncidentQuery()).first)
        let told = try await fixture.monitoring.outbox(limit: 10)
        try await fixture.sites.remove(site.id, by: author)

        #expect(try await fixture.sites.site(site.id) == nil)
        #expect(try await fixture.sites.sites([site.id]).isEmpty)
        #expect(try await fixture.sites.overviews(SiteQuery()).items.isEmpty)
        #expect(try await fixture.sites.statusCounts().isEmpty)
        #expect(try await fixture.schedule.intervals(region: Region.default).isEmpty)
        #expect(try await fixture.monitoring.incidents(IncidentQuery(isOpen: true)).isEmpty)
        #expect(try await fixture.monitoring.incident(incident.id) == nil)
        #expect(try await fixture.monitoring.outbox(limit: 10) == told, "nobody is told of a removal")
        #expect(try await fixture.record(.of(site, .up, at: now + .seconds(60))) == .unknownSite)
        try await expectStoreError(.notFound) { try await fixture.sites.remove(site.id, by: author) }

        let again = try await fixture.addSite(site.settings)
        #expect(again.id > site.id, "a number is never given twice")
        _ = try await fixture.monitoring.maintain(Retention())
        #expect(try await fixture.sites.site(again.id) == again)
    }

    private static func finds(_ fixture: StoreFixture) async throws {
        let one = try await fixture.addSite(SiteSettings(name: "one", url: "https://one.example/"))
        let two = try await fixture.addSite(SiteSettings(name: "two", url: "https://two.example/"))
        let found = try await fixture.sites.sites([two.id, SiteID(rawValue: 99), one.id])
        #expect(Set(found.map(\.id)) == [one.id, two.id])
        #expect(try await fixture.sites.sites([]).isEmpty)
        #expect(try await fixture.sites.site(named: "two") == two)
        #expect(try await fixture.sites.site(named: "Two") == nil)
    }

    private static func pages(_ fixture: StoreFixture) async throws {
        let all = try await fixture.sites.add((0..<7).map { SiteSettings(url: "https://\($0).example/") }, by: author)
        var seen: [SiteID] = []
        var sizes: [Int] = []
        var query = SiteQuery(limit: 3)
        repeat {
            let page = try await fixture.sites.overviews(query)
            seen += page.items.map(\.site.id)
            sizes.append(page.items.count)
            query.after = page.next
        } while query.after != nil
        #expect(seen == all.map(\.id))
        #expect(sizes == [3, 3, 1])
        #expect(try await fixture.sites.overviews(SiteQuery(limit: 7)).next == nil)
    }

    private static func filters(_ fixture: StoreFixture) async throws {
        let shop = try await fixture.addSite(SiteSettings(name: "Shop 100%", url: "https://s.example/", tags: ["prod"]))
        let blog = try await fixture.addSite(SiteSettings(name: "blog", url: "https://b.example/a_b", tags: ["x"]))
        let paused = try await fixture.addSite(SiteSettings(url: "https://p.example/", paused: true))
        _ = try await fixture.record(.of(shop, .up, at: fixture.time.now()))
        func found(_ change: (inout SiteQuery) -> Void) async throws -> [SiteID] {
            var query = SiteQuery()
            change(&query)
            return try await fixture.sites.overviews(query).items.map(\.site.id)
        }
        #expect(try await found { $0.search = "shop" } == [shop.id])
        #expect(try await found { $0.search = "0%" } == [shop.id])
        #expect(try await found { $0.search = "a_b" } == [blog.id])
        #expect(try await found { $0.search = "axb" }.isEmpty)
        #expect(try await found { $0.search = "example" } == [shop.id, blog.id, paused.id])
        #expect(try await found { $0.tag = "prod" } == [shop.id])
        #expect(try await found { $0.tag = "pro" }.isEmpty)
        #expect(try await found { $0.status = .up } == [shop.id])
        #expect(try await found { $0.status = .pending } == [blog.id])
        #expect(try await found { $0.status = .paused } == [paused.id])
        #expect(try await found { $0.status = .down }.isEmpty)
    }

    private static func countsStatuses(_ fixture: StoreFixture) async throws {
        let up = try await fixture.addSite(SiteSettings(url: "https://up.example/"))
        let down = try await fixture.addSite(SiteSettings(url: "https://down.example/"))
        _ = try await fixture.addSite(SiteSettings(url: "https://new.example/"))
        let now = fixture.time.now()
        _ = try await fixture.monitoring.record([.of(up, .up, at: now), .of(down, .down, at: now)])
        #expect(try await fixture.sites.statusCounts() == [.up: 1, .down: 1, .pending: 1])
        var settings = down.settings
        settings.paused = true
        _ = try await fixture.sites.update(down.id, to: settings, revision: nil, by: author)
        #expect(try await fixture.sites.statusCounts() == [.up: 1, .paused: 1, .pending: 1])
    }

    private static func overviews(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        var overview = try await fixture.overview(site.id, beats: 3)
        #expect(overview.site == site)
        #expect(overview.status == .pending)
        #expect(overview.since == site.createdAt)
        #expect(overview.latest == nil)
        #expect(overview.beats.isEmpty)
        #expect(overview.uptime24h == nil)

        let start = fixture.time.now()
        let verdicts: [Verdict] = [.up, .up, .down, .down, .up]
        for (index, verdict) in verdicts.enumerated() {
            let slot = start + .seconds(index * 60)
            _ = try await fixture.record(.of(site, verdict, at: slot, milliseconds: Int64(index + 1)))
        }
        fixture.time.advance(by: .seconds(480))
        overview = try await fixture.overview(site.id, beats: 3)
        #expect(overview.status == .up)
        #expect(overview.since == start + .seconds(240))
        #expect(overview.latest?.slot == start + .seconds(240))
        #expect(overview.latest?.observation == CheckResult.of(site, .up, at: start, milliseconds: 5).observation)
        #expect(overview.beats.map(\.slot) == [120, 180, 240].map { start + .seconds($0) })
        #expect(overview.beats.map(\.verdict) == [.down, .down, .up])
        #expect(overview.beats.map(\.total) == [.milliseconds(3), .milliseconds(4), .milliseconds(5)])
        // Down from 120 s to 240 s of a life of 480 s.
        #expect(overview.uptime24h == 0.75)
    }

    private static func defaultInterval(_ fixture: StoreFixture) async throws {
        let own = try await fixture.addSite(SiteSettings(url: "https://own.example/", interval: .seconds(60)))
        let plain = try await fixture.addSite(SiteSettings(url: "https://plain.example/"))
        try await fixture.sites.applyDefaultInterval(.seconds(3))
        let later = try await fixture.addSite(SiteSettings(url: "https://later.example/"))
        #expect(try await fixture.sites.site(own.id) == own)
        #expect(try await fixture.sites.site(plain.id)?.interval == .seconds(3))
        #expect(try await fixture.sites.site(plain.id)?.settings.interval == nil)
        #expect(later.interval == .seconds(3))
        #expect(try await fixture.schedule.intervals(region: Region.default) == [.seconds(3), .seconds(60)])
        let before = try await fixture.sites.site(plain.id)
        try await fixture.sites.applyDefaultInterval(.seconds(3))
        #expect(try await fixture.sites.site(plain.id) == before, "the same default again changes nothing")
    }
}
