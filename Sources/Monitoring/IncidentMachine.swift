/// Decides what a result changes: a site's state, its incident, and what people are told.
///
/// Pure: it reads no clock and knows no database. Incident numbers come from the store, so an opened incident is a
/// ``Decision/open`` that the store fills in with ``Outcome/filled(incident:)``.
///
/// - A region is down once its failed attempts in a row reach `confirm.failures`; a down result adds all of its attempts,
///   so what did not fit into one slot counts on in the next. It is up again after `confirm.recoveries` answers in a row,
///   slow ones included.
/// - A site is down while a strict majority of its regions is; degraded while any region that has reported is not up;
///   up otherwise. It is pending until the first region has a verdict.
/// - Down opens an incident and is told as `site.down`; whatever ends that (up or degraded) closes it and is told as
///   `site.up`. Degraded is told once when it begins, after the `site.up` where it follows on down. From degraded back to
///   up, and from pending to up, nothing is told: there was no alert to take back.
/// - A certificate's end is told once it is near. Of several certificates (servers that answer in turn) each later end is
///   told once, an earlier one than the last that was told is not, so that alternating servers can't repeat themselves.
/// - In maintenance the status goes on, and nothing of it is told, but for the end of what was told before: an incident that
///   is open closes, as `site.up`. No incident opens. What people know (``SiteState/known``) stays, and the first result
///   after the maintenance is judged against that: what is down then opens an incident from then on.
package enum IncidentMachine {
    /// What to do with the site's incident.
    package enum Decision: Sendable, Equatable {
        case none
        /// Open one that began at the transition's `startedAt`.
        case open(Opening)
        /// Close this one.
        case close(IncidentID, endedAt: Timestamp)
    }

    /// What the incident that is to be opened says.
    package struct Opening: Sendable, Equatable {
        package let startedAt: Timestamp
        package let failure: CheckFailure?
        package let statusCode: Int?
        package let regions: [String]

        package init(startedAt: Timestamp, failure: CheckFailure?, statusCode: Int?, regions: [String]) {
            self.startedAt = startedAt
            self.failure = failure
            self.statusCode = statusCode
            self.regions = regions
        }
    }

    /// What follows from one result.
    package struct Outcome: Sendable, Equatable {
        package var state: SiteState
        package var transitions: [Transition]
        package let incident: Decision

        package init(state: SiteState, transitions: [Transition] = [], incident: Decision = .none) {
            self.state = state
            self.transitions = transitions
            self.incident = incident
        }

        /// The outcome with the number of the incident that was opened.
        package func filled(incident id: IncidentID) -> Self {
            var filled = self
            filled.state.incident = id
            for index in filled.transitions.indices where filled.transitions[index].kind == .down {
                filled.transitions[index].incident = id
            }
            return filled
        }
    }

    /// What a result changes; nil where it is history only.
    ///
    /// History are results of a paused site, of an older revision, of a slot that is no newer than the region's newest, and
    /// of a region that the site is not watched from.
    ///
    /// - Parameters:
    ///   - result: The result.
    ///   - state: The site's state before it.
    ///   - site: The site.
    ///   - isInMaintenance: Whether the site is in maintenance at the result's slot.
    /// - Returns: What to store and to tell.
    package static func apply(
        _ result: CheckResult,
        to state: SiteState,
        of site: Site,
        isInMaintenance: Bool = false
    ) -> Outcome? {
        let settings = site.settings
        guard !settings.paused, result.revision >= site.revision, settings.regions.contains(result.region) else {
            return nil
        }
        if let region = state.regions[result.region], result.slot <= region.slot { return nil }

        var next = state
        // A region that the site is no longer watched from has no say, now or when it comes back.
        next.regions = state.regions.filter { settings.regions.contains($0.key) }
        next.regions[result.region] = advance(next.regions[result.region], by: result, confirm: settings.confirm)

        var outcome = changeStatus(next, by: result, of: site, isInMaintenance: isInMaintenance)
        // A certificate's end is kept for the first result after the maintenance.
        if isInMaintenance { return outcome }
        if let transition = announceCertificate(&outcome.state, result, site) {
            outcome.transitions.append(transition)
        }
        return outcome
    }

    // MARK: Regions

    private static func advance(
        _ region: RegionState?,
        by result: CheckResult,
        confirm: Confirmation
    ) -> RegionState {
        var region = region ?? RegionState(slot: result.slot)
        region.slot = result.slot
        switch result.observation.verdict {
        case .down:
            // The sum is bounded, so that a site that is down for years overflows nothing.
            region.failures = min(region.failures + max(result.attempts, 1), 1_000_000)
            region.successes = 0
            if region.failures >= max(confirm.failures, 1) { region.verdict = .down }
        case .up, .degraded:
            region.failures = 0
            region.successes = min(region.successes + 1, 1_000_000)
            if region.verdict != .down || region.successes >= max(confirm.recoveries, 1) {
                region.verdict = result.observation.verdict
            }
        }
        return region
    }

    // MARK: Site

    private static func status(of regions: [String: RegionState], watchedFrom names: [String]) -> SiteStatus {
        let verdicts = Set(names).compactMap { regions[$0]?.verdict }
        if verdicts.isEmpty { return .pending }
        let majority = Set(names).count / 2 + 1
        if verdicts.count(where: { $0 == .down }) >= majority { return .down }
        return verdicts.allSatisfy { $0 == .up } ? .up : .degraded
    }

    private static func changeStatus(
        _ state: SiteState,
        by result: CheckResult,
        of site: Site,
        isInMaintenance: Bool
    ) -> Outcome {
        let old = state.known ?? state.status
        let new = status(of: state.regions, watchedFrom: site.settings.regions)
        // Pending again (all regions were exchanged) is no news: the site stands as it stood until one has a verdict.
        guard new != .pending else { return Outcome(state: state) }

        // Regions report in any order; the site's own time never runs backwards, or an incident would end before it began.
        let moment = state.status == .pending ? result.slot : max(result.slot, state.since)
        var next = state
        next.status = new
        next.known = nil
        if new != state.status { next.since = moment }
        guard new != old else { return Outcome(state: next) }
        // What has been down since a maintenance is so from the end of that on, as its incident will be.
        if new == .down, !isInMaintenance { next.since = moment }
        var transitions: [Transition] = []
        var decision = Decision.none

        if old == .down {
            next.incident = nil
            if let id = state.incident { decision = .close(id, endedAt: moment) }
            var transition = transition(
                .up,
                site,
                result,
                at: moment,
                regions: regions(of: state, site) { $0 != .down }
            )
            transition.failure = nil
            transition.incident = state.incident
            transition.startedAt = state.since
            transition.endedAt = moment
            transitions.append(transition)
        }
        if isInMaintenance {
            let known = old == .down ? .up : old
            next.known = known == new ? nil : known
            return Outcome(state: next, transitions: transitions, incident: decision)
        }
        switch new {
        case .down:
            let regions = regions(of: state, site) { $0 == .down }
            let observation = result.observation
            decision = .open(
                Opening(
                    startedAt: moment,
                    failure: observation.failure,
                    statusCode: observation.statusCode,
                    regions: regions
                )
            )
            var transition = transition(.down, site, result, at: moment, regions: regions)
            transition.startedAt = moment
            transitions.append(transition)
        case .degraded:
            let regions = regions(of: state, site) { $0 != .up }
            transitions.append(transition(.degraded, site, result, at: moment, regions: regions))
        case .up, .pending, .unknown, .paused, .maintenance:
            break
        }
        return Outcome(state: next, transitions: transitions, incident: decision)
    }

    private static func announceCertificate(
        _ state: inout SiteState,
        _ result: CheckResult,
        _ site: Site
    ) -> Transition? {
        guard let end = result.observation.certificateEndsAt, let days = site.settings.expect.certificateDays,
            end < result.slot + .seconds(days * 86_400)
        else { return nil }
        if let announced = state.announcedCertificateEnd, end <= announced { return nil }
        state.announcedCertificateEnd = end
        var transition = transition(.certificateExpiring, site, result, at: result.slot, regions: [result.region])
        transition.failure = nil
        transition.certificateEndsAt = end
        return transition
    }

    // MARK: Transitions

    private static func transition(
        _ kind: Transition.Kind,
        _ site: Site,
        _ result: CheckResult,
        at moment: Timestamp,
        regions: [String]
    ) -> Transition {
        Transition(
            kind: kind,
            site: site.id,
            name: site.settings.name,
            url: site.settings.url,
            tags: site.settings.tags,
            regions: regions,
            at: moment,
            failure: result.observation.failure,
            statusCode: result.observation.statusCode
        )
    }

    private static func regions(of state: SiteState, _ site: Site, where matches: (Verdict) -> Bool) -> [String] {
        state.regions.filter { site.settings.regions.contains($0.key) && $0.value.verdict.map(matches) == true }
            .keys.sorted()
    }
}
