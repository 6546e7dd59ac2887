/// A change that people are told of.
///
/// It is committed together with what it follows from.
package struct Transition: Sendable, Equatable, Codable {
    /// What changed; the raw value is the type of the event that is made of it.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case down = "site.down"
        case up = "site.up"
        case degraded = "site.degraded"
        case certificateExpiring = "certificate.expiring"
    }

    package var kind: Kind
    package var site: SiteID
    package var name: String
    package var url: String
    package var tags: [String]
    /// The regions that say so.
    package var regions: [String]
    /// When it happened: the slot that decided it.
    package var at: Timestamp
    package var failure: CheckFailure?
    package var statusCode: Int?
    package var incident: IncidentID?
    /// When the incident began, of `down` and `up`.
    package var startedAt: Timestamp?
    /// When the incident ended, of `up`.
    package var endedAt: Timestamp?
    /// When the certificate ends, of `certificateExpiring`.
    package var certificateEndsAt: Timestamp?

    package init(
        kind: Kind,
        site: SiteID,
        name: String,
        url: String,
        tags: [String] = [],
        regions: [String] = [],
        at: Timestamp,
        failure: CheckFailure? = nil,
        statusCode: Int? = nil,
        incident: IncidentID? = nil,
        startedAt: Timestamp? = nil,
        endedAt: Timestamp? = nil,
        certificateEndsAt: Timestamp? = nil
    ) {
        self.kind = kind
        self.site = site
        self.name = name
        self.url = url
        self.tags = tags
        self.regions = regions
        self.at = at
        self.failure = failure
        self.statusCode = statusCode
        self.incident = incident
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.certificateEndsAt = certificateEndsAt
    }
}
