import Monitoring
import TestSupport
import Testing

/// A site, its state, and what was told so far.
private struct Walk {
    var site: Site
    var state: SiteState
    var told: [Transition] = []
    var openIncidents: [IncidentID] = []
    var nextIncident: Int64 = 1
    static let start = Timestamp(milliseconds: 1_800_000_000_000)

    init(_ settings: SiteSettings = SiteSettings(name: "Shop", url: "https://shop.example/", tags: ["prod"])) {
        site = Site(
            id: SiteID(rawValue: 7),
            revision: 1,
            settings: settings,
            interval: .seconds(60),
            createdAt: Self.start,
            updatedAt: Self.start
        )
        state = SiteState(since: Self.start)
    }

    init(failures: Int = 2, recoveries: Int = 1, regions: [String] = ["default"]) {
        self.init(
            SiteSettings(
                url: "https://shop.example/",
                confirm: Confirmation(failures: failures, recoveries: recoveries),
                regions: regions
            )
        )
    }

    static func at(_ second: Int) -> Timestamp { start + .seconds(second) }

    mutating func change(_ change: (inout SiteSettings) -> Void) {
        var settings = site.settings
        change(&settings)
        site = Site(
            id: site.id,
            revision: site.revision + 1,
            settings: settings,
            interval: site.interval,
            createdAt: site.createdAt,
            updatedAt: site.updatedAt
        )
    }

    /// Applies a result as a store does; nil where it is history.
    @discardableResult
    mutating func apply(_ result: CheckResult) -> [Transition.Kind]? {
        guard var outcome = IncidentMachine.apply(result, to: state, of: site) else { return nil }
        switch outcome.incident {
        case .none: break
        case .open:
            let id = IncidentID(rawValue: nextIncident)
            nextIncident += 1
            openIncidents.append(id)
            outcome = outcome.filled(incident: id)
        case .close(let id, _): openIncidents.removeAll { $0 == id }
        }
        state = outcome.state
        told += outcome.transitions
        return outcome.transitions.map(\.kind)
    }

    @discardableResult
    mutating func apply(
        _ verdict: Verdict,
        _ second: Int,
        region: String = "default",
        attempts: Int = 1,
        certificateEndsAt: Timestamp? = nil
    ) -> [Transition.Kind]? {
        apply(
            .of(
                site,
                verdict,
                at: Self.at(second),
                region: region,
                attempts: attempts,
                certificateEndsAt: certificateEndsAt
            )
        )
    }
}

@Suite("The incident machine")
struct IncidentMachineTests {
    @Test("the first result up makes a site up without a word")
    func firstUp() {
        var walk = Walk()
        #expect(walk.apply(.up, 10) == [])
        #expect(walk.state.status == .up)
        #expect(walk.state.since == Walk.at(10))
    }

    @Test("the first result down, confirmed, is told")
    func firstDown() throws {
        var walk = Walk()
        let outcome = try #require(
            IncidentMachine.apply(.of(walk.site, .down, at: Walk.at(10)), to: walk.state, of: walk.site)
        )
        let failure = CheckFailure(phase: .status, message: "answered 500", bodyStart: "oops")
        #expect(
            outcome.incident
                == .open(
                    .init(startedAt: Walk.at(10), failure: failure, statusCode: 500, regions: ["default"])
                )
        )
        let filled = outcome.filled(incident: IncidentID(rawValue: 3))
        #expect(filled.state.incident == IncidentID(rawValue: 3))
        #expect(
            filled.transitions == [
                Transition(
                    kind: .down,
                    site: walk.site.id,
                    name: "Shop",
                    url: "https://shop.example/",
                    tags: ["prod"],
                    regions: ["default"],
                    at: Walk.at(10),
                    failure: failure,
                    statusCode: 500,
                    incident: IncidentID(rawValue: 3),
                    startedAt: Walk.at(10)
                )
            ]
        )
        walk.apply(.down, 10, attempts: 2)
        #expect(walk.state.status == .down)
    }

    @Test("one failure that was not confirmed leaves a new site pending and an up one up")
    func unconfirmed() {
        var walk = Walk()
        #expect(walk.apply(.down, 0) == [])
        #expect(walk.state.status == .pending)
        walk.apply(.up, 1)
        #expect(walk.apply(.down, 2) == [])
        #expect(walk.state.status == .up)
        #expect(walk.apply(.up, 3) == [])
        #expect(walk.apply(.down, 4) == [])
        #expect(walk.state.status == .up)
    }

    @Test("what didn't fit into a slot counts on in the next", arguments: 1...6)
    func countsOn(threshold: Int) {
        var walk = Walk(failures: threshold)
        walk.apply(.up, 0)
        for second in 1..<threshold { #expect(walk.apply(.down, second) == [], "\(second)") }
        #expect(walk.apply(.down, threshold) == [.down])
    }

    @Test("a slot's attempts all count")
    func attemptsCount() {
        var walk = Walk(failures: 5)
        #expect(walk.apply(.down, 1, attempts: 3) == [])
        #expect(walk.apply(.down, 2, attempts: 2) == [.down])
    }

    @Test("as many successes in a row as asked for bring it up again", arguments: 1...4)
    func recoveries(threshold: Int) {
        var walk = Walk(recoveries: threshold)
        walk.apply(.down, 0, attempts: 2)
        for second in 1..<threshold { #expect(walk.apply(.up, second) == []) }
        #expect(walk.state.status == .down)
        #expect(walk.apply(.up, threshold) == [.up])
        #expect(walk.state.incident == nil)
        #expect(walk.openIncidents.isEmpty)
    }

    @Test("a failure between successes starts the recovery anew, even where it is not confirmed")
    func recoveryStartsAnew() {
        var walk = Walk(failures: 3, recoveries: 2)
        walk.apply(.down, 0, attempts: 3)
        walk.apply(.up, 1)
        walk.apply(.down, 2)
        #expect(walk.apply(.up, 3) == [])
        #expect(walk.apply(.up, 4) == [.up])
    }

    @Test("a recovery names its incident, its beginning and its end")
    func recovery() throws {
        var walk = Walk()
        walk.apply(.down, 60, attempts: 2)
        walk.apply(.down, 120, attempts: 2)
        walk.apply(.up, 180)
        let up = try #require(walk.told.last)
        #expect(walk.told.map(\.kind) == [.down, .up])
        #expect(up.incident == IncidentID(rawValue: 1))
        #expect(up.startedAt == Walk.at(60))
        #expect(up.endedAt == Walk.at(180))
        #expect(up.at == Walk.at(180))
        #expect(up.failure == nil)
        #expect(up.regions == ["default"])
    }

    @Test("degraded is told once when it begins, and its end is not told")
    func degraded() {
        var walk = Walk()
        walk.apply(.up, 0)
        #expect(walk.apply(.degraded, 1) == [.degraded])
        #expect(walk.apply(.degraded, 2) == [])
        #expect(walk.apply(.up, 3) == [])
        #expect(walk.state.status == .up)
        #expect(walk.apply(.degraded, 4) == [.degraded])
        #expect(walk.apply(.down, 5, attempts: 2) == [.down])
        #expect(walk.told.first?.failure?.phase == .latency)
    }

    @Test("a slow answer ends an incident: up is told, then degraded")
    func downToDegraded() {
        var walk = Walk()
        walk.apply(.down, 0, attempts: 2)
        #expect(walk.apply(.degraded, 1) == [.up, .degraded])
        #expect(walk.openIncidents.isEmpty)
        #expect(walk.state.status == .degraded)
        #expect(walk.apply(.up, 2) == [])
    }

    @Test("an older slot, the same slot and an older revision change nothing")
    func older() {
        var walk = Walk()
        walk.apply(.up, 10)
        let before = walk.state
        #expect(walk.apply(.down, 9, attempts: 9) == nil)
        #expect(walk.apply(.down, 10, attempts: 9) == nil)
        let stale = CheckResult.of(walk.site, .down, at: Walk.at(20))
        walk.change { $0.method = "HEAD" }
        #expect(walk.apply(stale) == nil)
        #expect(walk.state == before)
        #expect(walk.apply(.down, 20, attempts: 2) == [.down])
    }

    @Test("a paused site changes nothing, and goes on where it stood")
    func paused() {
        var walk = Walk()
        walk.apply(.down, 0, attempts: 2)
        walk.change { $0.paused = true }
        #expect(walk.apply(.up, 1) == nil)
        #expect(walk.openIncidents.count == 1)
        walk.change { $0.paused = false }
        #expect(walk.apply(.up, 2) == [.up])
    }

    @Test("a change of settings keeps the state")
    func settingsChange() {
        var walk = Walk(failures: 4)
        walk.apply(.up, 0)
        walk.apply(.down, 1, attempts: 2)
        walk.change { $0.confirm.failures = 3 }
        #expect(walk.state.status == .up)
        #expect(walk.apply(.down, 2) == [.down])
    }

    @Test("a near end of a certificate is told once, and a later one again")
    func certificates() {
        let day = 86_400
        var walk = Walk()
        #expect(walk.apply(.up, 0, certificateEndsAt: Walk.at(14 * day + 1)) == [])
        #expect(walk.apply(.up, 2, certificateEndsAt: Walk.at(14 * day + 1)) == [.certificateExpiring])
        #expect(walk.apply(.up, 3, certificateEndsAt: Walk.at(14 * day + 1)) == [])
        #expect(walk.apply(.up, 4, certificateEndsAt: Walk.at(90 * day)) == [])
        #expect(walk.apply(.up, 80 * day, certificateEndsAt: Walk.at(90 * day)) == [.certificateExpiring])
        #expect(walk.told.last?.certificateEndsAt == Walk.at(90 * day))
        #expect(walk.told.last?.at == Walk.at(80 * day))
    }

    @Test("servers with different certificates that answer in turn don't repeat the warning")
    func alternatingCertificates() {
        var walk = Walk()
        for second in 0..<20 {
            walk.apply(.up, second, certificateEndsAt: Walk.at(second % 2 == 0 ? 86_400 : 2 * 86_400))
        }
        #expect(walk.told.map(\.kind) == [.certificateExpiring, .certificateExpiring])
    }

    @Test("without certificateDays no end of a certificate is told")
    func noCertificateDays() {
        var walk = Walk()
        walk.change { $0.expect.certificateDays = nil }
        #expect(walk.apply(.up, 0, certificateEndsAt: Walk.at(60)) == [])
    }

    @Test("a site is down when more than half of its regions say so", arguments: 1...6)
    func majority(count: Int) {
        let regions = (0..<count).map { "r\($0)" }
        var walk = Walk(regions: regions)
        for region in regions { walk.apply(.up, 0, region: region) }
        #expect(walk.state.status == .up)
        for (index, region) in regions.enumerated() {
            walk.apply(.down, 1, region: region, attempts: 2)
            let down = index + 1
            #expect(walk.state.status == (down >= count / 2 + 1 ? .down : .degraded), "\(down) of \(count)")
        }
        #expect(walk.told.count(where: { $0.kind == .down }) == 1)
        #expect(walk.told.last?.regions.count == count / 2 + 1)
    }

    @Test("each region's failures are confirmed by themselves")
    func regionsConfirmAlone() {
        var walk = Walk(failures: 2, regions: ["a", "b"])
        walk.apply(.up, 0, region: "a")
        walk.apply(.up, 0, region: "b")
        walk.apply(.down, 1, region: "a")
        #expect(walk.apply(.down, 1, region: "b") == [])
        #expect(walk.state.status == .up)
    }

    @Test("a region's slot is compared with its own newest, not with another region's")
    func regionSlots() {
        var walk = Walk(regions: ["a", "b"])
        walk.apply(.up, 100, region: "a")
        #expect(walk.apply(.down, 50, region: "b", attempts: 2) == [.degraded])
        #expect(walk.state.since == Walk.at(100), "the site's time does not run backwards")
        #expect(walk.apply(.down, 101, region: "c", attempts: 2) == nil, "not one of its regions")
    }

    @Test("a region that is taken away has no say any more")
    func regionRemoved() {
        var walk = Walk(regions: ["a", "b", "c"])
        for region in ["a", "b", "c"] { walk.apply(.up, 0, region: region) }
        walk.apply(.down, 1, region: "c", attempts: 2)
        #expect(walk.state.status == .degraded)
        walk.change { $0.regions = ["a", "b"] }
        walk.apply(.up, 2, region: "a")
        #expect(walk.state.status == .up)
        #expect(walk.state.regions.keys.sorted() == ["a", "b"])
    }
}
