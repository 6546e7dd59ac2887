internal import Monitoring
internal import Testing

/// What every ``StatusStore`` must do.
package enum StatusStoreConformance {
    private static let author = Author(name: "tester")

    package static let cases: [ConformanceCase] = [
        ConformanceCase("keeps what is chosen, and refuses a change from an older revision", choice),
        ConformanceCase("shows sites by name, with group, tags and state, paused ones as paused", standings),
        ConformanceCase(
            "reads the sites that are chosen by their ids or tags, the listed ones first of all",
            selection
        ),
        ConformanceCase("reads the incidents of the sites asked for that reach into a span", outages),
    ]

    private static func choice(_ fixture: StoreFixture) async throws {
        let none = try await fixture.status.choice()
        #expect(none.revision == 0 && none.settings == nil && none.updatedAt == nil)
        #expect(none.feedKey.count == 32)
        let settings = StatusPageSettings(
            published: true,
            title: "Acme \"status\"",
            description: "All of\nit.",
            groups: [
                .init(name: "Front", sites: [SiteID(rawValue: 2), SiteID(rawValue: 1)], tags: ["a\"b"]),
                .init(name: "Back", tags: ["prod"]),
            ]
        )
        let chosen = try await fixture.status.choose(settings, revision: 0, by: author)
        #expect(chosen.revision == 1 && chosen.settings == settings && chosen.feedKey == none.feedKey)
        #expect(chosen.updatedAt == fixture.time.now())
        #expect(try await fixture.status.choice() == chosen)
        fixture.time.advance(by: .seconds(5))
        // The same again is no change.
        #expect(try await fixture.status.choose(settings, revision: nil, by: author) == chosen)
        let hidden = StatusPageSettings(published: false)
        try await expectStoreError(.conflict) {
            _ = try await fixture.status.choose(hidden, revision: 0, by: author)
        }
        #expect(try await fixture.status.choice() == chosen)
        #expect(try await fixture.status.choose(hidden, revision: 1, by: author).revision == 2)
    }

    private static func standings(_ fixture: StoreFixture) async throws {
        let one = try await fixture.addSite(
            SiteSettings(name: "Shop", url: "https://a.example/", group: "Front", tags: ["eu", "prod"])
        )
        let two = try await fixture.addSite(SiteSettings(name: "Old", url: "https://b.example/", paused: true))
        let three = try await fixture.addSite(SiteSettings(name: "Gone", url: "https://c.example/"))
        try await fixture.sites.remove(three.id, by: .local)
        _ = try await fixture.record(.of(one, .down, at: fixture.time.now()))
        let standings = try await fixture.status.standings(of: .all, limit: 10)
        #expect(standings.map(\.site) == [one.id, two.id])
        #expect(standings.map(\.name) == ["Shop", "Old"])
        #expect(standings.map(\.group) == ["Front", nil])
        #expect(standings.map(\.tags) == [["eu", "prod"], []])
        #expect(standings.map(\.status) == [.down, .paused])
        #expect(standings.first?.createdAt == one.createdAt)
        #expect(try await fixture.status.standings(of: .all, limit: 1).map(\.site) == [one.id])
    }

    private static func selection(_ fixture: StoreFixture) async throws {
        var ids: [SiteID] = []
        for tags in [["a"], ["a", "b"], [], ["c"]] {
            ids.append(try await fixture.addSite(SiteSettings(url: "https://\(ids.count).example/", tags: tags)).id)
        }
        func read(_ sites: [SiteID], _ tags: [String], limit: Int = 10) async throws -> [SiteID] {
            try await fixture.status.standings(of: .these(sites: sites, tags: tags), limit: limit).map(\.site)
        }
        #expect(try await read([ids[2]], ["b", "x"]) == [ids[1], ids[2]])
        #expect(try await read([], ["a"]) == [ids[0], ids[1]])
        #expect(try await read([ids[3], SiteID(rawValue: 99)], []) == [ids[3]])
        #expect(try await read([], []).isEmpty)
        // Where there is no room for all, those of a tag are left out.
        #expect(try await read([ids[3]], ["a"], limit: 2) == [ids[0], ids[3]])
    }

    private static func outages(_ fixture: StoreFixture) async throws {
        let one = try await fixture.addSite(SiteSettings(url: "https://a.example/"))
        let two = try await fixture.addSite(SiteSettings(url: "https://b.example/"))
        let start = fixture.time.now()
        _ = try await fixture.monitoring.record([
            .of(one, .down, at: start), .of(one, .up, at: start + .seconds(60)),
            .of(one, .down, at: start + .seconds(120)), .of(two, .down, at: start),
        ])
        let end = start + .seconds(600)
        let all = try await fixture.status.outages(of: [one.id], in: start..<end)
        #expect(all.map(\.site) == [one.id, one.id])
        #expect(all.map(\.startedAt) == [start, start + .seconds(120)])
        #expect(all.map(\.endedAt) == [start + .seconds(60), nil])
        let late = try await fixture.status.outages(of: [one.id, two.id], in: (start + .seconds(60))..<end)
        #expect(Set(late.map(\.site)) == [one.id, two.id] && late.count == 2)
        let early = try await fixture.status.outages(of: [one.id], in: start..<(start + .seconds(120)))
        #expect(early.map(\.startedAt) == [start])
        #expect(try await fixture.status.outages(of: [], in: start..<end).isEmpty)
    }
}
