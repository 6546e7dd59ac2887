import Monitoring
import TestSupport
import Testing

/// What the machine should say, computed from the whole history each time instead of from a state.
private struct Model {
    let failures: Int
    let recoveries: Int
    let regions: [String]
    var history: [(region: String, verdict: Verdict, attempts: Int)] = []

    private func verdict(of region: String) -> Verdict? {
        var confirmed: Verdict?
        var streak: [(Verdict, Int)] = []
        for entry in history where entry.region == region {
            streak.append((entry.verdict, entry.attempts))
            let failed = streak.reversed().prefix { $0.0 == .down }.map(\.1).reduce(0, +)
            let succeeded = streak.reversed().prefix { $0.0 != .down }.count
            if failed >= failures { confirmed = .down }
            if succeeded > 0, confirmed != .down || succeeded >= recoveries { confirmed = entry.verdict }
        }
        return confirmed
    }

    var status: SiteStatus {
        let verdicts = regions.compactMap(verdict(of:))
        if verdicts.isEmpty { return .pending }
        if verdicts.filter({ $0 == .down }).count * 2 > regions.count { return .down }
        return verdicts.contains { $0 != .up } ? .degraded : .up
    }
}

@Suite("The incident machine against a model")
struct IncidentMachineModelTests {
    @Test(
        "any walk keeps to the model, and tells each incident's beginning and end once",
        arguments: 1...60 as ClosedRange<UInt64>
    )
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let regions = (0..<Int.random(in: 1...4, using: &random)).map { "r\($0)" }
        var model = Model(
            failures: Int.random(in: 1...4, using: &random),
            recoveries: Int.random(in: 1...3, using: &random),
            regions: regions
        )
        let start = Timestamp(milliseconds: 1_800_000_000_000)
        let site = Site(
            id: SiteID(rawValue: 1),
            revision: 1,
            settings: SiteSettings(
                url: "https://example.com/",
                confirm: Confirmation(failures: model.failures, recoveries: model.recoveries),
                regions: regions
            ),
            interval: .seconds(60),
            createdAt: start,
            updatedAt: start
        )
        var state = SiteState(since: start)
        var open: IncidentID?
        var incidents: Int64 = 0
        var newest: [String: Int] = [:]
        for _ in 0..<200 {
            let region = try #require(regions.randomElement(using: &random))
            // Mostly the next slot, sometimes one that has passed.
            let slot = (newest[region] ?? 0) + Int.random(in: -1...2, using: &random)
            let verdict = try #require(
                ([.up, .up, .down, .down, .degraded] as [Verdict]).randomElement(using: &random)
            )
            let attempts = Int.random(in: 1...3, using: &random)
            let result = CheckResult.of(
                site,
                verdict,
                at: start + .seconds(slot * 60),
                region: region,
                attempts: attempts
            )
            let isNew = newest[region].map { slot > $0 } ?? true
            guard var outcome = IncidentMachine.apply(result, to: state, of: site) else {
                #expect(!isNew)
                continue
            }
            #expect(isNew)
            newest[region] = slot
            model.history.append((region, verdict, attempts))

            var kinds = outcome.transitions.map(\.kind)
            switch outcome.incident {
            case .none: break
            case .open:
                #expect(open == nil, "one open incident a site")
                #expect(kinds.popLast() == .down)
                incidents += 1
                open = IncidentID(rawValue: incidents)
                outcome = outcome.filled(incident: IncidentID(rawValue: incidents))
            case .close(let id, let endedAt):
                #expect(open == id)
                #expect(kinds.removeFirst() == .up)
                #expect(endedAt >= state.since, "an incident does not end before it began")
                #expect(outcome.transitions.first?.startedAt == state.since)
                open = nil
            }
            #expect(
                kinds.allSatisfy { $0 == .degraded && outcome.state.status == .degraded && state.status != .degraded }
            )
            #expect(outcome.state.status == model.status)
            #expect((outcome.state.status == .down) == (open != nil))
            #expect(outcome.state.incident == open)
            #expect(outcome.state.since >= state.since || state.status == .pending)
            state = outcome.state
        }
    }

    @Test(
        "in any walk through maintenance, no alert goes out in it, and each that went out before has its recovery",
        arguments: 1...60 as ClosedRange<UInt64>
    )
    func maintenance(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let start = Timestamp(milliseconds: 1_800_000_000_000)
        let site = Site(
            id: SiteID(rawValue: 1),
            revision: 1,
            settings: SiteSettings(url: "https://example.com/", regions: ["a", "b"]),
            interval: .seconds(60),
            createdAt: start,
            updatedAt: start
        )
        var state = SiteState(since: start)
        var open: IncidentID?
        var incidents: Int64 = 0
        var isInside = false
        for slot in 0..<300 {
            if Int.random(in: 0..<6, using: &random) == 0 { isInside.toggle() }
            let verdict = try #require(
                ([.up, .up, .down, .down, .degraded] as [Verdict]).randomElement(using: &random)
            )
            let region = Bool.random(using: &random) ? "a" : "b"
            let result = CheckResult.of(site, verdict, at: start + .seconds(slot * 60), region: region)
            let certain = IncidentMachine.apply(result, to: state, of: site, isInMaintenance: isInside)
            var outcome = try #require(certain)
            let kinds = outcome.transitions.map(\.kind)
            if isInside { #expect(kinds.isEmpty || kinds == [.up] && open != nil) }
            switch outcome.incident {
            case .none: #expect(!kinds.contains(.down) && !kinds.contains(.up))
            case .open(let opening):
                #expect(open == nil && kinds.last == .down && !isInside)
                #expect(opening.startedAt == result.slot)
                incidents += 1
                open = IncidentID(rawValue: incidents)
                outcome = outcome.filled(incident: IncidentID(rawValue: incidents))
            case .close(let id, let endedAt):
                #expect(open == id && kinds.first == .up && endedAt >= state.since)
                open = nil
            }
            // Outside, people know how it stands; inside, they at least know of no outage that is over.
            if isInside {
                #expect(open == nil || outcome.state.status == .down)
            } else if outcome.state.status != .pending {
                #expect(outcome.state.known == nil)
                #expect((outcome.state.status == .down) == (open != nil))
                if open != nil { #expect(outcome.state.incident == open) }
            }
            #expect(outcome.state.known != .down)
            state = outcome.state
        }
        #expect(incidents > 0, "a walk that never falls shows nothing")
    }
}
