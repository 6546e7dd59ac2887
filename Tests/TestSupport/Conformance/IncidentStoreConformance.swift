internal import Monitoring
internal import Testing

/// What every ``IncidentStore`` must do.
package enum IncidentStoreConformance {
    private static let author = Author(name: "tester")

    package static let cases: [ConformanceCase] = [
        ConformanceCase("opens an incident with its first update, and ends it with resolved", life),
        ConformanceCase("numbers incidents of both kinds in one series", numbers),
        ConformanceCase("an incident that a person opened moves neither states nor uptime", apart),
        ConformanceCase("a site's own incident takes updates and is ended by its checks alone", ofSites),
        ConformanceCase("what has ended takes a last word and nothing else", lastWord),
        ConformanceCase("an incident has no more updates than can be read", bounds),
        ConformanceCase("pages through both kinds, newest first, by site and by state", pages),
        ConformanceCase("reads what people opened within a span", spans),
        ConformanceCase("updates go with their incidents", purges),
    ]

    private static func message(
        _ status: IncidentUpdate.Status = .investigating,
        _ text: String = "We look into it."
    ) -> IncidentMessage {
        IncidentMessage(status: status, text: text)
    }

    private static func open(
        _ fixture: StoreFixture,
        _ title: String = "Slow mail",
        sites: [SiteID] = []
    ) async throws -> IncidentReport {
        try await fixture.incidents.open(
            IncidentOpening(title: title, sites: sites, message: message()),
            by: author
        )
    }

    private static func life(_ fixture: StoreFixture) async throws {
        let start = fixture.time.now()
        let opened = try await open(fixture, "Slow \"mail\"", sites: [SiteID(rawValue: 3), SiteID(rawValue: 9)])
        let expected = ManualIncident(
            id: opened.id,
            title: "Slow \"mail\"",
            sites: [SiteID(rawValue: 3), SiteID(rawValue: 9)],
            startedAt: start,
            openedBy: "tester"
        )
        #expect(opened.subject == .manual(expected))
        #expect(try await fixture.incidents.report(opened.id) == opened)
        fixture.time.advance(by: .seconds(60))
        let other = Author(name: "other")
        let changed = try await fixture.incidents.add(
            message(.identified, "A disk.\nIt is full."),
            to: opened.id,
            by: other
        )
        #expect(changed.endedAt == nil)
        #expect(changed.updates.map(\.status) == [.investigating, .identified])
        #expect(changed.updates.map(\.message) == ["We look into it.", "A disk.\nIt is full."])
        #expect(changed.updates.map(\.author) == ["tester", "other"])
        #expect(changed.updates.map(\.at) == [start, start + .seconds(60)])
        fixture.time.advance(by: .seconds(60))
        let ended = try await fixture.incidents.add(message(.resolved), to: opened.id, by: author)
        #expect(ended.endedAt == start + .seconds(120))
        #expect(try await fixture.incidents.report(opened.id) == ended)
        try await expectStoreError(.notFound) {
            _ = try await fixture.incidents.add(message(), to: IncidentID(rawValue: 99), by: author)
        }
        #expect(try await fixture.incidents.report(IncidentID(rawValue: 99)) == nil)
    }

    private static func numbers(_ fixture: StoreFixture) async throws {
        let first = try await open(fixture)
        let site = try await fixture.addSite()
        _ = try await fixture.record(.of(site, .down, at: fixture.time.now()))
        let second = try #require(try await fixture.monitoring.incidents(IncidentQuery()).first)
        let third = try await open(fixture)
        #expect(first.id < second.id && second.id < third.id)
        #expect(try await fixture.monitoring.incident(first.id) == nil)
        #expect(try await fixture.incidents.report(second.id)?.subject == .site(second))
    }

    private static func apart(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        _ = try await fixture.record(.of(site, .up, at: start))
        _ = try await open(fixture, sites: [site.id])
        _ = try await open(fixture, sites: [site.id])
        fixture.time.advance(by: .seconds(60))
        #expect(try await fixture.overview(site.id).status == .up)
        // The site's own incident opens and closes beside them.
        _ = try await fixture.record(.of(site, .down, at: start + .seconds(60)))
        #expect(try await fixture.overview(site.id).status == .down)
        _ = try await fixture.record(.of(site, .up, at: start + .seconds(120)))
        fixture.time.advance(by: .seconds(60))
        let uptime = try await fixture.monitoring.uptime(site.id, from: start, to: fixture.time.now())
        #expect(uptime.incidents == 1 && uptime.downtime == .seconds(60))
        #expect(try await fixture.incidents.reports(IncidentQuery(isOpen: true)).count == 2)
    }

    private static func ofSites(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        _ = try await fixture.record(.of(site, .down, at: start))
        let incident = try #require(try await fixture.monitoring.incidents(IncidentQuery()).first)
        let report = try await fixture.incidents.add(message(.monitoring), to: incident.id, by: author)
        #expect(report.subject == .site(incident))
        #expect(report.updates.map(\.status) == [.monitoring])
        try await expectStoreError(.conflict) {
            _ = try await fixture.incidents.add(message(.resolved), to: incident.id, by: author)
        }
        #expect(try await fixture.incidents.report(incident.id) == report)
        _ = try await fixture.record(.of(site, .up, at: start + .seconds(60)))
        let ended = try await fixture.incidents.add(message(.resolved), to: incident.id, by: author)
        #expect(ended.endedAt == start + .seconds(60))
        try await fixture.sites.remove(site.id, by: author)
        #expect(try await fixture.incidents.report(incident.id) == nil)
    }

    private static func lastWord(_ fixture: StoreFixture) async throws {
        let id = try await open(fixture).id
        let ended = try await fixture.incidents.add(message(.resolved), to: id, by: author)
        fixture.time.advance(by: .seconds(60))
        try await expectStoreError(.conflict) {
            _ = try await fixture.incidents.add(message(.monitoring), to: id, by: author)
        }
        let after = try await fixture.incidents.add(message(.resolved, "It was a disk."), to: id, by: author)
        #expect(after.endedAt == ended.endedAt)
        #expect(after.updates.last?.message == "It was a disk.")
    }

    private static func bounds(_ fixture: StoreFixture) async throws {
        let id = try await open(fixture).id
        for _ in 1..<IncidentLimits.updates { _ = try await fixture.incidents.add(message(), to: id, by: author) }
        try await expectStoreError(.conflict) { _ = try await fixture.incidents.add(message(), to: id, by: author) }
        #expect(try await fixture.incidents.report(id)?.updates.count == IncidentLimits.updates)
        // Only its end is not refused, and that once.
        let ended = try await fixture.incidents.add(message(.resolved), to: id, by: author)
        #expect(ended.endedAt != nil)
        try await expectStoreError(.conflict) {
            _ = try await fixture.incidents.add(message(.resolved), to: id, by: author)
        }
    }

    private static func pages(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        let one = try await open(fixture, "One", sites: [site.id]).id
        _ = try await fixture.monitoring.record([.of(site, .down, at: start), .of(site, .up, at: start + .seconds(60))])
        let two = try #require(try await fixture.monitoring.incidents(IncidentQuery()).first).id
        let three = try await open(fixture, "Three").id
        _ = try await fixture.incidents.add(message(.resolved), to: three, by: author)
        let four = try await open(fixture, "Four", sites: [SiteID(rawValue: 77)]).id
        func ids(_ query: IncidentQuery) async throws -> [IncidentID] {
            try await fixture.incidents.reports(query).map(\.id)
        }
        #expect(try await ids(IncidentQuery()) == [four, three, two, one])
        #expect(try await ids(IncidentQuery(limit: 2)) == [four, three])
        #expect(try await ids(IncidentQuery(before: three, limit: 2)) == [two, one])
        #expect(try await ids(IncidentQuery(site: site.id)) == [two, one])
        #expect(try await ids(IncidentQuery(isOpen: true)) == [four, one])
        #expect(try await ids(IncidentQuery(isOpen: false)) == [three, two])
        #expect(try await fixture.incidents.reports(IncidentQuery()).map(\.updates.count) == [1, 2, 0, 1])
    }

    private static func spans(_ fixture: StoreFixture) async throws {
        let start = fixture.time.now()
        let one = try await open(fixture).id
        fixture.time.advance(by: .seconds(60))
        _ = try await fixture.incidents.add(message(.resolved), to: one, by: author)
        fixture.time.advance(by: .seconds(60))
        let two = try await open(fixture).id
        func ids(_ from: Int64, _ to: Int64, limit: Int = 10) async throws -> [IncidentID] {
            let span = (start + .seconds(from))..<(start + .seconds(to))
            return try await fixture.incidents.manualIncidents(in: span, limit: limit).map(\.id)
        }
        #expect(try await ids(0, 600) == [two, one])
        #expect(try await ids(0, 600, limit: 1) == [two])
        #expect(try await ids(-60, 0).isEmpty)
        #expect(try await ids(30, 90) == [one])
        #expect(try await ids(60, 90).isEmpty)
        #expect(try await ids(86_400, 90_000) == [two])
        let updates = try await fixture.incidents.updates(of: [two, one])
        #expect(updates.map(\.incident) == [one, one, two])
        #expect(try await fixture.incidents.updates(of: []).isEmpty)
    }

    private static func purges(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        _ = try await fixture.monitoring.record([.of(site, .down, at: start), .of(site, .up, at: start + .seconds(60))])
        let own = try #require(try await fixture.monitoring.incidents(IncidentQuery()).first).id
        _ = try await fixture.incidents.add(message(.resolved), to: own, by: author)
        let ended = try await open(fixture).id
        _ = try await fixture.incidents.add(message(.resolved), to: ended, by: author)
        let going = try await open(fixture).id
        fixture.time.advance(by: .seconds(30 * 86_400))
        _ = try await fixture.monitoring.maintain(Retention(day: .seconds(86_400)))
        #expect(try await fixture.incidents.reports(IncidentQuery()).map(\.id) == [going])
        #expect(try await fixture.incidents.updates(of: [own, ended, going]).map(\.incident) == [going])
    }
}
