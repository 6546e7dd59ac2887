internal import Testing

@testable import Monitoring

@Suite("The sites that a worker has seen")
struct SiteCacheTests {
    private let start = Timestamp(milliseconds: 1_000_000)

    private func site(_ id: Int64, revision: Int = 1) -> Site {
        Site(
            id: SiteID(rawValue: id),
            revision: revision,
            settings: SiteSettings(url: "http://example.com/\(id)"),
            interval: .seconds(60),
            createdAt: start,
            updatedAt: start
        )
    }

    private func held(_ websiteID: String, revision: Int?) -> HeldJob {
        let job = CheckJob(websiteID: websiteID, url: "http://example.com", slot: start, revision: revision)
        return HeldJob(id: "\(websiteID)-0", job: job, slot: start, crashes: 0)
    }

    private func result(_ verdict: Verdict, slot: Timestamp) -> CheckResult {
        CheckResult(
            site: SiteID(rawValue: 1),
            region: Region.default,
            slot: slot,
            revision: 1,
            startedAt: slot,
            observation: Observation(verdict: verdict),
            attempts: 1
        )
    }

    @Test("are asked for once, until a job names a newer revision")
    func missing() {
        var cache = SiteCache()
        let jobs = [
            held("2", revision: 1), held("1", revision: 1), held("1", revision: 1), held("no number", revision: nil),
        ]
        #expect(cache.missing(for: jobs).map(\.rawValue) == [1, 2])
        cache.insert([site(1), site(2)], askedFor: [SiteID(rawValue: 1), SiteID(rawValue: 2)])
        #expect(cache.missing(for: jobs).isEmpty)
        #expect(cache.missing(for: [held("1", revision: 2)]).map(\.rawValue) == [1])
    }

    @Test("are asked for each time where a foreign job names no revision, which means the current one")
    func foreign() {
        var cache = SiteCache()
        cache.insert([site(1)], askedFor: [SiteID(rawValue: 1)])
        #expect(cache.missing(for: [held("1", revision: nil)]).map(\.rawValue) == [1])
    }

    @Test("are forgotten when they are gone")
    func gone() {
        var cache = SiteCache()
        cache.insert([site(1)], askedFor: [SiteID(rawValue: 1)])
        cache.insert([], askedFor: [SiteID(rawValue: 1)])
        #expect(cache[SiteID(rawValue: 1)] == nil)
    }

    @Test("need no confirmation at the slot after one that was down, and do at any later one")
    func confirmation() {
        var cache = SiteCache()
        cache.insert([site(1)], askedFor: [SiteID(rawValue: 1)])
        #expect(!cache.wasDown(site(1), before: start))
        cache.recorded(result(.down, slot: start))
        #expect(cache.wasDown(site(1), before: start + .seconds(60)))
        #expect(!cache.wasDown(site(1), before: start + .seconds(120)))
        cache.recorded(result(.up, slot: start + .seconds(60)))
        #expect(!cache.wasDown(site(1), before: start + .seconds(120)))
    }

    @Test("are bounded in number")
    func bounded() {
        var cache = SiteCache(capacity: 10)
        for id in 1...100 { cache.insert([site(Int64(id))], askedFor: [SiteID(rawValue: Int64(id))]) }
        #expect((1...100).count { cache[SiteID(rawValue: Int64($0))] != nil } <= 10)
    }
}
