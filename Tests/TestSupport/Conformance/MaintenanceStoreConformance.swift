internal import Monitoring
internal import Testing

/// What every ``MaintenanceStore`` must do, and what its windows must do to results, states and uptime.
package enum MaintenanceStoreConformance {
    static let author = Author(name: "tester")

    package static let cases: [ConformanceCase] =
        [
            ConformanceCase("keeps all that is said of a window", keeps),
            ConformanceCase("a change raises the revision, and one from an older revision is refused", changes),
            ConformanceCase("pages through the windows, newest first, of one phase too", pages),
            ConformanceCase("a window that was taken away is gone, and its past stays", removes),
            ConformanceCase("ends what is now, and goes on with the next", ends),
            ConformanceCase("has no more windows than there is room for", bounds),
            ConformanceCase("lists what is in force within a span", lists),
        ] + effects

    /// A window that begins so many seconds from now.
    static func settings(
        _ fixture: StoreFixture,
        in seconds: Int64 = 0,
        for duration: Duration = .seconds(600),
        scope: MaintenanceScope = MaintenanceScope(all: true),
        rule: String? = nil
    ) throws -> MaintenanceSettings {
        MaintenanceSettings(
            title: "Upgrade",
            description: "New disks.",
            scope: scope,
            schedule: MaintenanceSchedule(
                start: fixture.time.now() + .seconds(seconds),
                duration: duration,
                zone: try #require(IANAZone("Europe/Berlin")),
                rule: try rule.map { try RecurrenceRule($0) }
            )
        )
    }

    private static func keeps(_ fixture: StoreFixture) async throws {
        let scope = MaintenanceScope(sites: [SiteID(rawValue: 3)], tags: ["prod", "a\"b"])
        let settings = try settings(fixture, in: 60, scope: scope, rule: "FREQ=MONTHLY;COUNT=3;BYDAY=-1FR")
        let window = try await fixture.maintenance.add(settings, by: author)
        #expect(window.settings == settings)
        #expect(window.revision == 1)
        #expect(window.countsFrom == fixture.time.now())
        #expect(try await fixture.maintenance.window(window.id) == window)
        #expect(try await fixture.maintenance.window(MaintenanceID(rawValue: window.id.rawValue + 1)) == nil)
    }

    private static func changes(_ fixture: StoreFixture) async throws {
        let window = try await fixture.maintenance.add(try settings(fixture, in: 60), by: author)
        #expect(
            try await fixture.maintenance.update(window.id, to: window.settings, revision: nil, by: author) == window
        )
        fixture.time.advance(by: .seconds(5))
        var settings = window.settings
        settings.title = "Other"
        let title = settings
        let titled = try await fixture.maintenance.update(window.id, to: title, revision: 1, by: author)
        #expect(titled.revision == 2)
        #expect(titled.settings == title)
        #expect(titled.updatedAt == fixture.time.now() && titled.createdAt == window.createdAt)
        settings.schedule.duration = .seconds(60)
        let shorter = settings
        try await expectStoreError(.conflict) {
            _ = try await fixture.maintenance.update(window.id, to: shorter, revision: 1, by: author)
        }
        #expect(try await fixture.maintenance.window(window.id) == titled)
        let changed = try await fixture.maintenance.update(window.id, to: shorter, revision: 2, by: author)
        #expect(try await fixture.maintenance.window(window.id) == changed)
        try await expectStoreError(.notFound) {
            _ = try await fixture.maintenance.update(
                MaintenanceID(rawValue: 99),
                to: shorter,
                revision: nil,
                by: author
            )
        }
    }

    private static func pages(_ fixture: StoreFixture) async throws {
        let ended = try await fixture.maintenance.add(try settings(fixture, for: .seconds(10)), by: author)
        fixture.time.advance(by: .seconds(20))
        let active = try await fixture.maintenance.add(try settings(fixture), by: author)
        let upcoming = try await fixture.maintenance.add(try settings(fixture, in: 60), by: author)
        let weekly = try await fixture.maintenance.add(try settings(fixture, in: 60, rule: "FREQ=WEEKLY"), by: author)
        let first = try await fixture.maintenance.windows(MaintenanceQuery(limit: 3))
        #expect(first.items == [weekly, upcoming, active])
        #expect(first.next == active.id)
        let second = try await fixture.maintenance.windows(MaintenanceQuery(before: first.next, limit: 3))
        #expect(second.items == [ended])
        #expect(second.next == nil)
        func all(_ phase: MaintenanceWindow.Phase, limit: Int = 10) async throws -> MaintenancePage {
            try await fixture.maintenance.windows(MaintenanceQuery(limit: limit, phase: phase))
        }
        #expect(try await all(.active).items == [active])
        #expect(try await all(.upcoming).items == [weekly, upcoming])
        #expect(try await all(.upcoming, limit: 1) == MaintenancePage(items: [weekly], next: weekly.id))
        #expect(try await all(.ended) == MaintenancePage(items: [ended], next: nil))
    }

    private static func removes(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        let window = try await fixture.maintenance.add(try settings(fixture), by: author)
        fixture.time.advance(by: .seconds(100))
        #expect(try await fixture.overview(site.id).status == .maintenance)
        try await fixture.maintenance.remove(window.id, by: author)
        #expect(try await fixture.overview(site.id).status == .pending)
        #expect(try await fixture.maintenance.window(window.id) == nil)
        #expect(try await fixture.maintenance.windows(MaintenanceQuery()).items.isEmpty)
        try await expectStoreError(.notFound) { try await fixture.maintenance.remove(window.id, by: author) }
        let calendar = try await fixture.maintenance.calendar(from: start, to: start + .seconds(1_000))
        #expect(calendar.spans(of: site.id, tags: []) == [start..<(start + .seconds(100))])
    }

    private static func ends(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let start = fixture.time.now()
        let once = try await fixture.maintenance.add(try settings(fixture), by: author)
        let daily = try await fixture.maintenance.add(try settings(fixture, rule: "FREQ=DAILY"), by: author)
        fixture.time.advance(by: .seconds(60))
        let endedOnce = try await fixture.maintenance.end(once.id, by: author)
        #expect(endedOnce.phase(at: fixture.time.now()) == .ended)
        #expect(try await fixture.overview(site.id).status == .maintenance, "the other window goes on")
        let endedDaily = try await fixture.maintenance.end(daily.id, by: author)
        #expect(endedDaily.phase(at: fixture.time.now()) == .upcoming)
        #expect(try await fixture.overview(site.id).status == .pending)
        try await expectStoreError(.conflict) { _ = try await fixture.maintenance.end(daily.id, by: author) }
        let day = Duration.seconds(86_400)
        let calendar = try await fixture.maintenance.calendar(from: start, to: start + day + day)
        #expect(
            calendar.spans(of: site.id, tags: [])
                == [start..<(start + .seconds(60)), (start + day)..<(start + day + .seconds(600))]
        )
        // A change of what was ended does not begin it again.
        var settings = endedDaily.settings
        settings.schedule.duration = .seconds(700)
        let longer = settings
        let changed = try await fixture.maintenance.update(daily.id, to: longer, revision: nil, by: author)
        #expect(changed.phase(at: fixture.time.now()) == .upcoming)
    }

    private static func bounds(_ fixture: StoreFixture) async throws {
        let settings = try settings(fixture, in: 60)
        for _ in 0..<MaintenanceLimits.windows { _ = try await fixture.maintenance.add(settings, by: author) }
        try await expectStoreError(.conflict) { _ = try await fixture.maintenance.add(settings, by: author) }
    }

    private static func lists(_ fixture: StoreFixture) async throws {
        let now = fixture.time.now()
        let later = try await fixture.maintenance.add(try settings(fixture, in: 7_200), by: author)
        let daily = try await fixture.maintenance.add(try settings(fixture, in: 60, rule: "FREQ=DAILY"), by: author)
        let gone = try await fixture.maintenance.add(try settings(fixture, in: 60), by: author)
        try await fixture.maintenance.remove(gone.id, by: author)
        let day = Duration.seconds(86_400)
        let list = try await fixture.maintenance.occurrences(from: now, to: now + day + day, limit: 10)
        #expect(list.map(\.window) == [daily.id, later.id, daily.id])
        #expect(list.first?.from == now + .seconds(60))
        #expect(list.first?.to == now + .seconds(660))
        #expect(list.first?.title == "Upgrade" && list.first?.description == "New disks.")
        #expect(try await fixture.maintenance.occurrences(from: now, to: now + day, limit: 1).count == 1)
        #expect(try await fixture.maintenance.occurrences(from: now, to: now, limit: 10).isEmpty)
    }
}
