internal import Monitoring
internal import Testing

extension MonitoringStoreConformance {
    /// Invariant 2: every due slot ends as exactly one of its ends.
    static func endsSlotsOnce(_ fixture: StoreFixture) async throws {
        let site = try await fixture.addSite()
        let now = fixture.time.now()
        func closing(_ seconds: Int64, _ end: SlotEnd, region: String = Region.default) -> SlotClosing {
            SlotClosing(site: site.id, region: region, slot: now + .seconds(seconds), end: end)
        }

        // A worker that died between its commit and its acknowledgement has left a result.
        #expect(try await fixture.record(.of(site, .up, at: now)) == .recorded([]))
        let ends = try await fixture.monitoring.close([
            closing(0, .expired), closing(60, .expired), closing(60, .skipped), closing(60, .skipped, region: "eu"),
        ])
        #expect(ends == [.result, .expired, .expired, .skipped])
        #expect(try await fixture.monitoring.close([closing(60, .buried)]) == [.expired])
        #expect(try await fixture.monitoring.close([]) == [])

        // One that was stopped comes with its result after the slot was ended: it changes nothing.
        let late = [now, now + .seconds(60), now + .seconds(120)].map { CheckResult.of(site, .down, at: $0) }
        let outcomes = try await fixture.monitoring.record(late)
        #expect(outcomes.prefix(2) == [.duplicate, .closed(.expired)])
        #expect(outcomes.last?.transitions.map(\.kind) == [.down])
        let results = try await fixture.monitoring.results(ResultQuery(site: site.id))
        #expect(results.map(\.slot) == [now + .seconds(120), now])

        // Missed slots are counted, each once.
        let missed = [closing(180, .missed), closing(180, .missed), closing(120, .missed)]
        #expect(try await fixture.monitoring.close(missed) == [.missed, .missed, .result])
        #expect(try await fixture.schedule.missedSlots(region: Region.default) == 1)

        // A removed site keeps how its slots ended; of one that never was, nothing is kept.
        _ = try await fixture.sites.remove(site.id, by: Author(name: "tester"))
        #expect(try await fixture.monitoring.close([closing(0, .skipped)]) == [.result])
        let unknown = SlotClosing(site: SiteID(rawValue: 999), region: Region.default, slot: now, end: .skipped)
        #expect(try await fixture.monitoring.close([unknown]) == [.skipped])
    }
}
