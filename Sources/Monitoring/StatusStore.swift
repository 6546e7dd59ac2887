/// What the public status page shows and reads: a constant number of queries, however many sites there are.
///
/// Every method may throw ``StoreError``.
package protocol StatusStore: Sendable {
    /// What the owner has chosen to publish.
    func choice() async throws -> StatusPageChoice

    /// Replaces what is published; the change is recorded with its author.
    ///
    /// - Throws: `conflict` where a revision is given that is no longer the page's.
    func choose(
        _ settings: StatusPageSettings,
        revision: Int?,
        by author: Author
    ) async throws -> StatusPageChoice

    /// Sites with their states, by their ids, at most so many; paused ones are shown as paused.
    func standings(of selection: SiteSelection, limit: Int) async throws -> [SiteStanding]

    /// The incidents of sites that reach into a span, in the order of their numbers.
    func outages(of sites: [SiteID], in span: Range<Timestamp>) async throws -> [Outage]
}

/// A site as strangers may see it: by its name, never by its URL.
package struct SiteStanding: Sendable, Equatable {
    package let site: SiteID
    package let name: String
    package let group: String?
    package let tags: [String]
    package let status: SiteStatus
    package let createdAt: Timestamp

    package init(
        site: SiteID,
        name: String,
        group: String?,
        tags: [String] = [],
        status: SiteStatus,
        createdAt: Timestamp
    ) {
        self.site = site
        self.name = name
        self.group = group
        self.tags = tags
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
