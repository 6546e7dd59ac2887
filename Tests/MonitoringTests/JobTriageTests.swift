internal import Testing

@testable import Monitoring

@Suite("What a worker does with a job")
struct JobTriageTests {
    private let now = Timestamp(milliseconds: 1_000_000)

    private func held(age: Duration, revision: Int? = 1) -> HeldJob {
        HeldJob(
            id: "1-0",
            job: CheckJob(websiteID: "7", url: "http://example.com", slot: now - age, revision: revision),
            slot: now - age,
            crashes: 0
        )
    }

    private func site(interval: Duration = .seconds(60), paused: Bool = false) -> Site {
        Site(
            id: SiteID(rawValue: 7),
            revision: 1,
            settings: SiteSettings(url: "http://example.com", paused: paused),
            interval: interval,
            createdAt: now,
            updatedAt: now
        )
    }

    private func decide(_ held: HeldJob, _ site: Site?) -> JobTriage {
        JobTriage.decide(held, site: site, now: now, defaultInterval: .seconds(60))
    }

    @Test("a fresh job of a registered site is checked")
    func fresh() {
        #expect(decide(held(age: .seconds(59)), site()) == .check(site()))
    }

    @Test("a job as old as its site's interval is expired, not checked late")
    func old() {
        #expect(decide(held(age: .seconds(60)), site()) == .end(.expired))
        #expect(decide(held(age: .seconds(60)), site(interval: .seconds(61))) == .check(site(interval: .seconds(61))))
    }

    @Test("a job of a removed or paused site is skipped")
    func gone() {
        #expect(decide(held(age: .zero), nil) == .end(.skipped))
        #expect(decide(held(age: .zero), site(paused: true)) == .end(.skipped))
    }

    @Test("a foreign job of no site of ours is checked with defaults, while it is fresh")
    func foreign() {
        let target = ProbeTarget(settings: SiteSettings(url: "http://example.com"), timeout: .seconds(10))
        #expect(decide(held(age: .zero, revision: nil), nil) == .checkForeign(target))
        #expect(decide(held(age: .seconds(60), revision: nil), nil) == .end(.expired))
    }
}
