/// What the public status page reads: two queries, however many sites there are.
///
/// Every method may throw ``StoreError``.
package protocol StatusStore: Sendable {
    /// The first sites by their ids with their states, in that order; paused ones are shown as paused.
    func standings(limit: Int) async throws -> [SiteStanding]

    /// The incidents of sites that reach beyond a moment, in the order of their numbers.
    func outages(of sites: [SiteID], since moment: Timestamp) async throws -> [Outage]
}

/// A site as strangers may see it: by its name, never by its URL.
package struct SiteStanding: Sendable, Equatable {
    package let site: SiteID
    package let name: String
    package let group: String?
    package let status: SiteStatus
    package let createdAt: Timestamp

    package init(site: SiteID, name: String, group: String?, status: SiteStatus, createdAt: Timestamp) {
        self.site = site
        self.name = name
        self.group = group
        self.status = status
        self.createdAt = createdAt
    }
}

/// An incident without its reason.
package struct Outage: Sendable, Equatable {
    package let incident: IncidentID
    package let site: SiteID
    package let startedAt: Timestamp
    /// Nil while it goes on.
    package let endedAt: Timestamp?

    package init(incident: IncidentID, site: SiteID, startedAt: Timestamp, endedAt: Timestamp?) {
        self.incident = incident
        self.site = site
        self.startedAt = startedAt
        self.endedAt = endedAt
    }
}
