internal import Monitoring

/// An incident as strangers see it: what is concerned and what people said of it, never why a check failed or who said it.
struct PublicIncident: Sendable, Equatable {
    enum Kind: String, Sendable {
        case site
        case manual
    }

    let id: IncidentID
    let kind: Kind
    let title: String
    /// The names of the published sites that it is about.
    let sites: [String]
    let startedAt: Timestamp
    /// Nil while it goes on.
    let endedAt: Timestamp?
    /// In the order in which they were written.
    let updates: [IncidentUpdate]

    var isOpen: Bool { endedAt == nil }

    /// When there was last something new of it.
    var changedAt: Timestamp {
        [startedAt, endedAt, updates.last?.at].compactMap { $0 }.max() ?? startedAt
    }

    /// A site's own incident; nil where the site is not published.
    init?(_ outage: Outage, names: [SiteID: String], updates: [IncidentUpdate]) {
        guard let name = names[outage.site] else { return nil }
        id = outage.incident
        kind = .site
        title = "\(name) \(outage.endedAt == nil ? "is" : "was") not available"
        sites = [name]
        startedAt = outage.startedAt
        endedAt = outage.endedAt
        self.updates = updates
    }

    /// What a person opened; nil where it is about sites of which none is published.
    init?(_ incident: ManualIncident, names: [SiteID: String], updates: [IncidentUpdate]) {
        let known = incident.sites.compactMap { names[$0] }
        guard incident.sites.isEmpty || !known.isEmpty else { return nil }
        id = incident.id
        kind = .manual
        title = incident.title
        sites = known
        startedAt = incident.startedAt
        endedAt = incident.endedAt
        self.updates = updates
    }
}

/// Announced work as strangers see it.
struct PublicMaintenance: Sendable, Equatable {
    let window: MaintenanceID
    let title: String
    let description: String?
    /// The names of the published sites that it is about; empty where it is about all.
    let sites: [String]
    let from: Timestamp
    let to: Timestamp

    /// Nil where it is about sites of which none is published.
    init?(_ occurrence: MaintenanceOccurrence, standings: [SiteStanding], names: [SiteID: String]) {
        let covered = standings.filter { occurrence.scope.covers($0.site, tags: $0.tags) }
        guard !covered.isEmpty else { return nil }
        window = occurrence.window
        title = occurrence.title
        description = occurrence.description
        sites = occurrence.scope.all ? [] : covered.compactMap { names[$0.site] }
        from = occurrence.from
        to = occurrence.to
    }

    func isRunning(at now: Timestamp) -> Bool { from <= now && now < to }
}
