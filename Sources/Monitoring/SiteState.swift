/// What people are told of a site.
package enum SiteStatus: String, Sendable, Codable, CaseIterable {
    /// Not checked yet.
    case pending
    case up
    case degraded
    case down
    /// We could not tell.
    case unknown
    case paused
    case maintenance
}

/// A site's standing, derived from its results and stored beside it.
package struct SiteState: Sendable, Equatable {
    package var status: SiteStatus
    /// When the status became what it is.
    package var since: Timestamp
    /// The last observation of each region that took part, by the region's name.
    package var regions: [String: RegionState]
    /// The incident that is open, if one is.
    package var incident: IncidentID?
    /// The end of the certificate that was last announced as near, so that it is announced once.
    package var announcedCertificateEnd: Timestamp?
    /// What people know the status to be, where it has changed in a maintenance since; never ``SiteStatus/down``, for the end
    /// of that is told in a maintenance too.
    package var known: SiteStatus?
    /// Since when the site is shown in maintenance, whatever its status.
    package var maintenanceSince: Timestamp?

    package init(
        status: SiteStatus = .pending,
        since: Timestamp,
        regions: [String: RegionState] = [:],
        incident: IncidentID? = nil,
        announcedCertificateEnd: Timestamp? = nil,
        known: SiteStatus? = nil,
        maintenanceSince: Timestamp? = nil
    ) {
        self.status = status
        self.since = since
        self.regions = regions
        self.incident = incident
        self.announcedCertificateEnd = announcedCertificateEnd
        self.known = known
        self.maintenanceSince = maintenanceSince
    }
}

/// A site's standing as seen from one region.
package struct RegionState: Sendable, Equatable, Codable {
    /// The confirmed verdict; nil before the first.
    package var verdict: Verdict?
    /// The newest slot that counted; an older one never changes state.
    package var slot: Timestamp
    /// Failed attempts in a row.
    package var failures: Int
    /// Successful slots in a row.
    package var successes: Int

    package init(verdict: Verdict? = nil, slot: Timestamp, failures: Int = 0, successes: Int = 0) {
        self.verdict = verdict
        self.slot = slot
        self.failures = failures
        self.successes = successes
    }
}
