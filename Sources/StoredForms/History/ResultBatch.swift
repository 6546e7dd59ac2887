package import Monitoring

/// Decides what a batch of results changes, so that every engine records alike.
///
/// The engine locks and reads the sites' states, stores the results in the order of ``order``, and tells this what came of
/// each: ``skip(_:as:)``, or ``judge(_:)`` and, once an incident that is opened has its number, ``take(_:at:)``.
package struct ResultBatch: Sendable {
    /// A site with the state that the batch begins from.
    package struct Standing: Sendable {
        package let site: Site
        package fileprivate(set) var state: SiteState
        fileprivate var isChanged = false

        package init(site: Site, state: SiteState) {
            self.site = site
            self.state = state
        }
    }

    /// A slot that is farther ahead is no difference between clocks; it would make history of all results up to it.
    private static let farthestAhead = Duration.seconds(86_400)

    package let results: [CheckResult]
    /// The results to store, in the order in which they count.
    ///
    /// A batch holds the results of many workers' slots in the order in which they ended; state follows the slots' order.
    package let order: [Int]
    /// What became of each result, in their order in the batch.
    package private(set) var outcomes: [RecordOutcome]
    private var standings: [SiteID: Standing]
    private let calendar: MaintenanceCalendar

    package init(
        _ results: [CheckResult],
        standings: [SiteID: Standing],
        calendar: MaintenanceCalendar,
        now: Timestamp
    ) {
        self.results = results
        self.calendar = calendar
        self.standings = standings
        var outcomes = [RecordOutcome](repeating: .unknownSite, count: results.count)
        order = results.indices
            .filter { index in
                guard standings[results[index].site] != nil else { return false }
                guard results[index].slot <= now + Self.farthestAhead else {
                    outcomes[index] = .refused(
                        "Its slot is more than a day ahead; check the clocks, or its producer."
                    )
                    return false
                }
                return true
            }
            .sorted { left, right in
                let (left, right) = (results[left], results[right])
                return (left.slot, left.site, left.region) < (right.slot, right.site, right.region)
            }
        self.outcomes = outcomes
    }

    /// The span whose maintenance a batch has to know; what is older changes no state.
    package static func maintenanceSpan(of results: [CheckResult], now: Timestamp) -> Range<Timestamp> {
        let slots = results.map { min(max($0.slot, now - Self.farthestAhead), now + Self.farthestAhead) }
        let end = (slots.max() ?? now) + .milliseconds(1)
        return (slots.min() ?? now)..<end
    }

    /// The site of a result that is in ``order``.
    package func site(at index: Int) -> Site? { standings[results[index].site]?.site }

    /// Says that a result changes no state.
    package mutating func skip(_ index: Int, as outcome: RecordOutcome) { outcomes[index] = outcome }

    /// What follows from a result that was stored now; nil where it is history only.
    package mutating func judge(_ index: Int) -> IncidentMachine.Outcome? {
        let result = results[index]
        guard let standing = standings[result.site] else { return nil }
        outcomes[index] = .history
        return IncidentMachine.apply(
            result,
            to: standing.state,
            of: standing.site,
            isInMaintenance: !calendar.isEmpty && calendar.covers(standing.site, at: result.slot)
        )
    }

    /// Makes what follows from a result the site's state.
    package mutating func take(_ outcome: IncidentMachine.Outcome, at index: Int) {
        let site = results[index].site
        standings[site]?.state = outcome.state
        standings[site]?.isChanged = true
        outcomes[index] = .recorded(outcome.transitions)
    }

    /// The states to write, in the order of the sites' numbers.
    package var changedStates: [(site: SiteID, state: SiteState)] {
        standings.filter(\.value.isChanged).map { ($0.key, $0.value.state) }.sorted { $0.site < $1.site }
    }
}
