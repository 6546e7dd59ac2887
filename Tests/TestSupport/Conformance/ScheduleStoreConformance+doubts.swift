internal import Monitoring
internal import Testing

extension ScheduleStoreConformance {
    /// Invariant 2, where the broker was emptied: what has ended is neither pushed again nor missed.
    static func doubts(_ fixture: StoreFixture) async throws {
        let interval = Duration.seconds(60)
        let sites = try await fixture.sites.add(
            (0..<5).map { SiteSettings(url: "https://example.com/\($0)", interval: interval) },
            by: Author(name: "tester")
        )
        let slot = Timestamp(milliseconds: (fixture.time.now().milliseconds / 60_000 + 2) * 60_000)
        let query = DueQuery(
            region: Region.default,
            schedule: .burst,
            interval: interval,
            after: .end(of: slot - .milliseconds(1)),
            through: slot,
            limit: 10
        )
        let page = try await fixture.schedule.due(query)
        try #require(page.count == 5)
        #expect(try await fixture.schedule.unended(page, of: query) == page)

        _ = try await fixture.record(.of(sites[0], .up, at: slot))
        _ = try await fixture.monitoring.close([
            SlotClosing(site: sites[1].id, region: Region.default, slot: slot, end: .expired)
        ])
        let gap = ScheduleGap(
            region: Region.default,
            schedule: .burst,
            interval: interval,
            after: SlotCursor(slot: slot, site: sites[3].id),
            through: slot
        )
        let term = try await fixture.schedule.beginTerm(region: Region.default)
        #expect(try await fixture.schedule.recordGap(gap, in: term) == 1)
        #expect(try await fixture.schedule.unended(page, of: query) == [page[2], page[3]])
        #expect(try await fixture.schedule.unended([], of: query).isEmpty)

        #expect(try await fixture.schedule.recordMissed(page, of: query, in: term) == 2)
        #expect(try await fixture.schedule.recordMissed(page, of: query, in: term) == 0)
        #expect(try await fixture.schedule.missedSlots(region: Region.default) == 3)
        #expect(try await fixture.record(.of(sites[2], .down, at: slot)) == .closed(.missed))

        // Before a site was added, nothing of it was due.
        let earlier = page.map {
            DueSlot(site: $0.site, url: $0.url, revision: $0.revision, slot: slot - .seconds(600))
        }
        #expect(try await fixture.schedule.unended(earlier, of: query).isEmpty)
    }

    static func progress(_ fixture: StoreFixture) async throws {
        func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1_000) }
        #expect(try await fixture.schedule.progress(region: "eu") == nil)
        let term = try await fixture.schedule.beginTerm(region: "eu")
        #expect(try await fixture.schedule.progress(region: "eu") == nil)
        let first = PushProgress(settled: time(10), horizon: time(40), quietFrom: time(11), quietUntil: time(12))
        try await fixture.schedule.advance(first, region: "eu", in: term)
        #expect(try await fixture.schedule.progress(region: "eu") == first)
        let late = PushProgress(settled: time(12), horizon: time(35), quietFrom: time(13), quietUntil: time(15))
        try await fixture.schedule.advance(late, region: "eu", in: term)
        #expect(
            try await fixture.schedule.progress(region: "eu")
                == PushProgress(settled: time(12), horizon: time(40), quietFrom: time(13), quietUntil: time(15))
        )
        #expect(try await fixture.schedule.progress(region: "default") == nil)
    }

    /// A leader that was stopped goes on writing when another has followed.
    static func terms(_ fixture: StoreFixture) async throws {
        let region = Region.default
        _ = try await fixture.addSite(SiteSettings(url: "https://example.com/", interval: .seconds(60)))
        let (start, store) = (fixture.time.now(), fixture.schedule)
        let gap = ScheduleGap(
            region: region,
            schedule: .spread,
            interval: .seconds(60),
            after: .end(of: start),
            through: start + .seconds(60)
        )
        let query = DueQuery(
            region: region,
            schedule: .spread,
            interval: .seconds(60),
            after: gap.after,
            through: gap.through,
            limit: 10
        )
        let page = try await store.due(query)
        let stopped = try await store.beginTerm(region: region)
        let elsewhere = try await store.beginTerm(region: "eu")
        let progress = PushProgress(settled: start, horizon: start)
        try await store.advance(progress, region: region, in: stopped)
        let term = try await store.beginTerm(region: region)
        #expect(try await store.progress(region: region) == progress)
        #expect(try await store.recordMissed(page, of: query, in: term) == 1)

        func isRefused(_ body: () async throws -> Void) async {
            do {
                try await body()
                Issue.record("it is not refused")
            } catch {
                #expect((error as? StoreError)?.code == .superseded)
            }
        }
        await isRefused { _ = try await store.recordGap(gap, in: stopped) }
        await isRefused { _ = try await store.recordMissed(page, of: query, in: stopped) }
        await isRefused {
            let late = PushProgress(settled: start, horizon: start + .seconds(60))
            try await store.advance(late, region: region, in: stopped)
        }
        #expect(try await store.missedSlots(region: region) == 1)
        #expect(try await store.progress(region: region) == progress)
        try await store.advance(progress, region: "eu", in: elsewhere)
    }
}
