internal import Monitoring
internal import Testing

/// What every ``ScheduleStore`` must do.
package enum ScheduleStoreConformance {
    private static let author = Author(name: "tester")
    private static let interval = Duration.seconds(60)

    package static let cases: [ConformanceCase] = [
        ConformanceCase("spread pages hold each site of the span once, by slot and then by id", spread),
        ConformanceCase("burst pages hold every site at each multiple of the interval", burst),
        ConformanceCase("0, 1, 199, 200, 201 and 401 sites are 0, 1, 1, 1, 2 and 3 pages", pageCounts),
        ConformanceCase("only active sites of the region are due", activeOnly),
        ConformanceCase("a change of interval, region or pause moves a site in the schedule", moves),
        ConformanceCase("a gap counts the slots of its span as reading them would", gaps),
        ConformanceCase("of a page in doubt only slots without an end are pushed, or missed, and each once", doubts),
        ConformanceCase("the progress of a region's pushers never goes back", progress),
        ConformanceCase("who writes in an earlier term is refused", terms),
        ConformanceCase("what is recorded as missed is not counted again, whatever gap it is in", gapsOnce),
    ]

    /// Every slot in (after, through] by the definition of the schedule, without the store.
    private static func expected(_ sites: [Site], _ query: DueQuery) -> [DueSlot] {
        let interval = query.interval.milliseconds
        var slots: [DueSlot] = []
        for site in sites where site.interval == query.interval {
            let phase = query.schedule == .burst ? 0 : Phase.of(site.id, interval: query.interval).milliseconds
            var slot = query.after.slot.milliseconds / interval * interval + phase - interval
            while slot <= query.through.milliseconds {
                let cursor = SlotCursor(slot: Timestamp(milliseconds: slot), site: site.id)
                if cursor > query.after {
                    slots.append(
                        DueSlot(site: site.id, url: site.settings.url, revision: site.revision, slot: cursor.slot)
                    )
                }
                slot += interval
            }
        }
        return slots.sorted { ($0.slot, $0.site) < ($1.slot, $1.site) }
    }

    /// Reads pages until one is not full.
    private static func read(_ query: DueQuery, _ store: any ScheduleStore) async throws -> [[DueSlot]] {
        var query = query
        var pages: [[DueSlot]] = []
        while true {
            let page = try await store.due(query)
            if !page.isEmpty { pages.append(page) }
            guard page.count == query.limit, let last = page.last else { return pages }
            query.after = SlotCursor(slot: last.slot, site: last.site)
        }
    }

    private static func addSites(_ count: Int, _ fixture: StoreFixture) async throws -> [Site] {
        guard count > 0 else { return [] }
        return try await fixture.sites.add(
            (0..<count).map { SiteSettings(url: "https://example.com/\($0)", interval: interval) },
            by: author
        )
    }

    private static func spread(_ fixture: StoreFixture) async throws {
        let sites = try await addSites(60, fixture)
        let start = fixture.time.now()
        // Whole cycles, parts of one, spans over the cycle's end, and one that begins behind a site.
        let phase = Phase.of(try #require(sites.last).id, interval: interval)
        let aligned = Timestamp(milliseconds: start.milliseconds / 60_000 * 60_000)
        let spans: [(SlotCursor, Timestamp)] = [
            (.end(of: start), start + .seconds(60)), (.end(of: start), start + .seconds(1)),
            (.end(of: aligned + .seconds(50)), aligned + .seconds(75)), (.end(of: aligned), aligned + .seconds(60)),
            (.end(of: aligned - .milliseconds(1)), aligned), (.end(of: start), start),
            (SlotCursor(slot: aligned + phase, site: SiteID(rawValue: 0)), aligned + phase + .seconds(20)),
            (SlotCursor(slot: aligned + phase, site: try #require(sites.last).id), aligned + phase + .seconds(20)),
        ]
        for (after, through) in spans {
            let query = DueQuery(
                region: Region.default,
                schedule: .spread,
                interval: interval,
                after: after,
                through: through,
                limit: 7
            )
            let pages = try await read(query, fixture.schedule)
            #expect(pages.flatMap { $0 } == expected(sites, query), "\(query)")
            #expect(pages.dropLast().allSatisfy { $0.count == 7 })
        }
    }

    private static func burst(_ fixture: StoreFixture) async throws {
        let sites = try await addSites(20, fixture)
        let aligned = Timestamp(milliseconds: fixture.time.now().milliseconds / 60_000 * 60_000)
        let spans: [(SlotCursor, Timestamp)] = [
            (.end(of: aligned - .seconds(1)), aligned), (.end(of: aligned), aligned + .seconds(59)),
            (.end(of: aligned), aligned + .seconds(60)), (.end(of: aligned - .seconds(30)), aligned + .seconds(30)),
            (SlotCursor(slot: aligned, site: sites[9].id), aligned + .seconds(30)),
            (SlotCursor(slot: aligned, site: SiteID(rawValue: 0)), aligned),
            (SlotCursor(slot: aligned + .seconds(5), site: SiteID(rawValue: 0)), aligned + .seconds(30)),
        ]
        for (after, through) in spans {
            let query = DueQuery(
                region: Region.default,
                schedule: .burst,
                interval: interval,
                after: after,
                through: through,
                limit: 8
            )
            let slots = try await read(query, fixture.schedule).flatMap { $0 }
            #expect(slots == expected(sites, query), "\(query)")
        }
    }

    private static func pageCounts(_ fixture: StoreFixture) async throws {
        var total = 0
        let now = fixture.time.now()
        let aligned = Timestamp(milliseconds: now.milliseconds / 60_000 * 60_000)
        for (count, pages) in [(0, 0), (1, 1), (199, 1), (200, 1), (201, 2), (401, 3)] {
            for offset in total..<count {
                _ = try await fixture.addSite(SiteSettings(url: "https://\(offset).example/", interval: interval))
            }
            total = count
            for schedule in Schedule.allCases {
                let query = DueQuery(
                    region: Region.default,
                    schedule: schedule,
                    interval: interval,
                    after: .end(of: aligned),
                    through: aligned + interval,
                    limit: 200
                )
                let read = try await read(query, fixture.schedule)
                #expect(read.count == pages, "\(count) sites, \(schedule)")
                #expect(read.map(\.count).reduce(0, +) == count)
            }
        }
    }

    private static func activeOnly(_ fixture: StoreFixture) async throws {
        let here = try await fixture.addSite(SiteSettings(url: "https://a.example/", interval: interval))
        let both = try await fixture.addSite(
            SiteSettings(url: "https://b.example/", interval: interval, regions: ["default", "eu"])
        )
        _ = try await fixture.addSite(SiteSettings(url: "https://c.example/", interval: interval, paused: true))
        let gone = try await fixture.addSite(SiteSettings(url: "https://d.example/", interval: .seconds(7)))
        try await fixture.sites.remove(gone.id, by: author)
        #expect(try await due("default", fixture) == [here.id, both.id])
        #expect(try await due("eu", fixture) == [both.id])
        #expect(try await due("us", fixture).isEmpty)
        #expect(try await fixture.schedule.intervals(region: "default") == [interval])
        #expect(try await fixture.schedule.intervals(region: "us").isEmpty)
    }

    private static func due(
        _ region: String,
        interval: Duration = interval,
        _ fixture: StoreFixture
    ) async throws -> Set<SiteID> {
        let now = fixture.time.now()
        let query = DueQuery(
            region: region,
            schedule: .spread,
            interval: interval,
            after: .end(of: now),
            through: now + interval,
            limit: 100
        )
        return Set(try await fixture.schedule.due(query).map(\.site))
    }

    private static func moves(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite(SiteSettings(url: "https://a.example/", interval: interval))
        var settings = site.settings
        settings.interval = .seconds(30)
        _ = try await fixture.sites.update(site.id, to: settings, revision: nil, by: author)
        #expect(try await fixture.schedule.intervals(region: "default") == [.seconds(30)])
        #expect(try await due("default", interval: .seconds(30), fixture) == [site.id])
        settings.regions = ["eu"]
        _ = try await fixture.sites.update(site.id, to: settings, revision: nil, by: author)
        #expect(try await fixture.schedule.intervals(region: "default").isEmpty)
        #expect(try await due("eu", interval: .seconds(30), fixture) == [site.id])
        settings.paused = true
        _ = try await fixture.sites.update(site.id, to: settings, revision: nil, by: author)
        #expect(try await fixture.schedule.intervals(region: "eu").isEmpty)
        settings.paused = false
        settings.interval = nil
        let last = try await fixture.sites.update(site.id, to: settings, revision: nil, by: author)
        #expect(try await fixture.schedule.intervals(region: "eu") == [.seconds(60)])
        #expect(last.revision == 5)
    }

    private static func gaps(_ fixture: StoreFixture) async throws {
        let sites = try await addSites(25, fixture)
        let start = Timestamp(milliseconds: fixture.time.now().milliseconds / 60_000 * 60_000)
        let term = try await fixture.schedule.beginTerm(region: "default")
        var sum = 0
        for schedule in Schedule.allCases {
            var recorded: Set<SlotCursor> = []
            var after = SlotCursor.end(of: start)
            for _ in 0..<60 {
                let through = after.slot + .milliseconds(.random(in: 0...150_000))
                let gap = ScheduleGap(
                    region: "default",
                    schedule: schedule,
                    interval: interval,
                    after: after,
                    through: through
                )
                let query = DueQuery(
                    region: "default",
                    schedule: schedule,
                    interval: interval,
                    after: after,
                    through: through,
                    limit: 1
                )
                let slots = Set(expected(sites, query).map { SlotCursor(slot: $0.slot, site: $0.site) })
                let news = slots.subtracting(recorded)
                #expect(try await fixture.schedule.recordGap(gap, in: term) == news.count, "\(gap)")
                recorded.formUnion(news)
                sum += news.count
                // The same gap again, one that begins within it (at a site's own slot, too), or one after a hole.
                switch Int.random(in: 0..<4) {
                case 0: break
                case 1: after = slots.filter { $0 > after }.randomElement() ?? after
                case 2: after = .end(of: max(through, after.slot))
                default: after = .end(of: max(through, after.slot) + .milliseconds(.random(in: 1...90_000)))
                }
            }
        }
        #expect(try await fixture.schedule.missedSlots(region: "default") == sum)
        #expect(try await fixture.schedule.missedSlots(region: "eu") == 0)
    }

    private static func gapsOnce(_ fixture: StoreFixture) async throws {
        _ = try await addSites(5, fixture)
        let start = fixture.time.now()
        let gap = ScheduleGap(
            region: "default",
            schedule: .spread,
            interval: interval,
            after: .end(of: start),
            through: start + .seconds(120)
        )
        let term = try await fixture.schedule.beginTerm(region: "default")
        #expect(try await fixture.schedule.recordGap(gap, in: term) == 10)
        _ = try await fixture.addSite(SiteSettings(url: "https://late.example/", interval: interval))
        #expect(try await fixture.schedule.recordGap(gap, in: term) == 0)
        #expect(try await fixture.schedule.missedSlots(region: "default") == 10)
        // The leader died before its mark moved; the next finds the gap grown.
        var grown = gap
        grown.through = grown.through + .seconds(60)
        #expect(try await fixture.schedule.recordGap(grown, in: term) == 6)
        #expect(try await fixture.schedule.missedSlots(region: "default") == 16)
    }
}
