internal import Monitoring
internal import Testing

/// What every ``StatusStore`` must do.
package enum StatusStoreConformance {
    package static let cases: [ConformanceCase] = [
        ConformanceCase("shows sites by name, with group and state, paused ones as paused", standings),
        ConformanceCase("reads the incidents of the sites asked for that reach beyond a moment", outages),
    ]

    private static func standings(_ fixture: StoreFixture) async throws {
        let one = try await fixture.addSite(SiteSettings(name: "Shop", url: "https://a.example/", group: "Front"))
        let two = try await fixture.addSite(SiteSettings(name: "Old", url: "https://b.example/", paused: true))
        let three = try await fixture.addSite(SiteSettings(name: "Gone", url: "https://c.example/"))
        try await fixture.sites.remove(three.id, by: .local)
        _ = try await fixture.record(.of(one, .down, at: fixture.time.now()))
        let standings = try await fixture.status.standings(limit: 10)
        #expect(standings.map(\.site) == [one.id, two.id])
        #expect(standings.map(\.name) == ["Shop", "Old"])
        #expect(standings.map(\.group) == ["Front", nil])
        #expect(standings.map(\.status) == [.down, .paused])
        #expect(standings.first?.createdAt == one.createdAt)
        #expect(try await fixture.status.standings(limit: 1).map(\.site) == [one.id])
    }

    private static func outages(_ fixture: StoreFixture) async throws {
        let one = try await fixture.addSite(SiteSettings(url: "https://a.example/"))
        let two = try await fixture.addSite(SiteSettings(url: "https://b.example/"))
        let start = fixture.time.now()
        _ = try await fixture.monitoring.record([
            .of(one, .down, at: start), .of(one, .up, at: start + .seconds(60)),
            .of(one, .down, at: start + .seconds(120)), .of(two, .down, at: start),
        ])
        let all = try await fixture.status.outages(of: [one.id], since: start)
        #expect(all.map(\.site) == [one.id, one.id])
        #expect(all.map(\.startedAt) == [start, start + .seconds(120)])
        #expect(all.map(\.endedAt) == [start + .seconds(60), nil])
        let late = try await fixture.status.outages(of: [one.id, two.id], since: start + .seconds(60))
        #expect(Set(late.map(\.site)) == [one.id, two.id] && late.count == 2)
        #expect(try await fixture.status.outages(of: [], since: start).isEmpty)
    }
}
