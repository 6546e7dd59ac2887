import Monitoring
import TestSupport
import Testing

@Suite("Rollups under a random order of things")
struct StoresRollupTests {
    private static let day: Int64 = 86_400_000

    @Test(
        "whatever comes late and whenever maintenance runs, each result counts once in its hour and day",
        arguments: 1...8 as ClosedRange<UInt64>
    )
    func countsOnce(seed: UInt64) async throws {
        try await withStores { fixture, _ in
            var random = SeededGenerator(seed: seed)
            let sites = try await fixture.sites.add(
                (0..<3).map { SiteSettings(url: "https://\($0).example/", interval: .seconds(60)) },
                by: Author(name: "tester")
            )
            let created = fixture.time.now()
            let start = Timestamp(milliseconds: (created.milliseconds / Self.day + 1) * Self.day)
            fixture.time.advance(by: start - created)
            // Late results are at most ten hours late, raw ones are kept for twelve.
            let retention = Retention(
                raw: .seconds(12 * 3_600),
                minute: .seconds(30 * 3_600),
                hour: .seconds(40 * 3_600)
            )
            var waiting: [CheckResult] = []
            var recorded: [CheckResult] = []
            for hour in 0..<(4 * 24) {
                for site in sites {
                    for minute in stride(from: 0, to: 60, by: 12) {
                        let slot = start + .seconds(hour * 3_600 + minute * 60)
                        waiting.append(
                            .of(site, .up, at: slot, milliseconds: Int64.random(in: 1...900, using: &random))
                        )
                    }
                }
                fixture.time.advance(by: .seconds(3_600))
                let now = fixture.time.now()
                var batch: [CheckResult] = []
                waiting.removeAll { result in
                    let isDue = now - result.slot > .seconds(9 * 3_600) || Bool.random(using: &random)
                    if isDue { batch.append(result) }
                    return isDue
                }
                let outcomes = try await fixture.monitoring.record(batch.shuffled(using: &random))
                #expect(!outcomes.contains(.duplicate))
                recorded += batch
                if Int.random(in: 0..<3, using: &random) == 0 {
                    _ = try await fixture.monitoring.maintain(retention)
                }
            }
            _ = try await fixture.monitoring.record(waiting)
            recorded += waiting
            for _ in 0..<2 { _ = try await fixture.monitoring.maintain(retention) }

            for site in sites {
                let mine = recorded.filter { $0.site == site.id }
                // From the days, then from the hours of those days that still have them.
                for (from, parts) in [(0, 4), (3, 24)] {
                    let begin = start + .seconds(from * 86_400)
                    let end = start + .seconds(4 * 86_400)
                    let latency = try await fixture.monitoring.latency(site.id, from: begin, to: end, buckets: parts)
                    let width = (end - begin).milliseconds / Int64(parts)
                    let expected = (0..<parts).map { part in
                        mine.count { ($0.slot - begin).milliseconds / width == part && $0.slot >= begin }
                    }
                    #expect(latency.parts.map(\.count) == expected)
                    #expect(latency.whole.count == expected.reduce(0, +))
                }
            }
        }
    }
}
