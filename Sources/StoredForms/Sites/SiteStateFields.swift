package import Monitoring

/// A row of the states of sites.
package struct SiteStateFields: Sendable, Equatable {
    package var status: String
    package var since: Int64
    /// The regions' states as JSON; nil before the first result.
    package var regions: String?
    package var incident: Int64?
    package var announcedCertificateEnd: Int64?
    /// The status while `status` says that the site is in maintenance.
    package var standing: String?
    package var standingSince: Int64?
    package var known: String?

    package init(
        status: String,
        since: Int64,
        regions: String?,
        incident: Int64?,
        announcedCertificateEnd: Int64?,
        standing: String?,
        standingSince: Int64?,
        known: String?
    ) {
        self.status = status
        self.since = since
        self.regions = regions
        self.incident = incident
        self.announcedCertificateEnd = announcedCertificateEnd
        self.standing = standing
        self.standingSince = standingSince
        self.known = known
    }

    package init(_ state: SiteState) {
        let isShown = state.maintenanceSince == nil
        self.init(
            status: (isShown ? state.status : .maintenance).rawValue,
            since: (state.maintenanceSince ?? state.since).milliseconds,
            regions: RegionStates.text(state.regions),
            incident: state.incident?.rawValue,
            announcedCertificateEnd: state.announcedCertificateEnd?.milliseconds,
            standing: isShown ? nil : state.status.rawValue,
            standingSince: isShown ? nil : state.since.milliseconds,
            known: state.known?.rawValue
        )
    }

    /// The state; a status that this version doesn't know is unknown.
    package func state() throws -> SiteState {
        SiteState(
            status: SiteStatus(rawValue: standing ?? status) ?? .unknown,
            since: Timestamp(milliseconds: standingSince ?? since),
            regions: try regions.map(RegionStates.states) ?? [:],
            incident: incident.map { IncidentID(rawValue: $0) },
            announcedCertificateEnd: announcedCertificateEnd.map { Timestamp(milliseconds: $0) },
            known: known.flatMap { SiteStatus(rawValue: $0) },
            maintenanceSince: standing == nil ? nil : Timestamp(milliseconds: since)
        )
    }
}
