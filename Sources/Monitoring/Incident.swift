/// The number of an incident.
package typealias IncidentID = Identifier<Incident>

/// A span in which a site was down.
package struct Incident: Sendable, Equatable, Identifiable {
    package let id: IncidentID
    package let site: SiteID
    /// The site's name when the incident opened.
    package var siteName: String
    package var startedAt: Timestamp
    /// Nil while it is open.
    package var endedAt: Timestamp?
    package var failure: CheckFailure?
    package var statusCode: Int?
    package var regions: [String]
    package var acknowledgedAt: Timestamp?
    /// Who acknowledged it.
    package var acknowledgedBy: String?

    package init(
        id: IncidentID,
        site: SiteID,
        siteName: String,
        startedAt: Timestamp,
        endedAt: Timestamp? = nil,
        failure: CheckFailure? = nil,
        statusCode: Int? = nil,
        regions: [String] = [],
        acknowledgedAt: Timestamp? = nil,
        acknowledgedBy: String? = nil
    ) {
        self.id = id
        self.site = site
        self.siteName = siteName
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.failure = failure
        self.statusCode = statusCode
        self.regions = regions
        self.acknowledgedAt = acknowledgedAt
        self.acknowledgedBy = acknowledgedBy
    }
}
