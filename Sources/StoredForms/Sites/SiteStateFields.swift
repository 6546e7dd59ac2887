package import Monitoring

/// A row of the states of sites.
package struct SiteStateFields: Sendable, Equatable {
    package var status: String
    package var since: Int64
    /// The regions' states as JSON; nil before the first result.
    package var regions: String?
    package var incident: Int64?
    package var announcedCertificateEnd: Int64?

    package init(
        status: String,
        since: Int64,
        regions: String?,
        incident: Int64?,
        announcedCertificateEnd: Int64?
    ) {
        self.status = status
        self.since = since
        self.regions = regions
        self.incident = incident
        self.announcedCertificateEnd = announcedCertificateEnd
    }

    package init(_ state: SiteState) throws {
        self.init(
            status: state.status.rawValue,
            since: state.since.milliseconds,
            regions: try StoredJSON.text(state.regions),
            incident: state.incident?.rawValue,
            announcedCertificateEnd: state.announcedCertificateEnd?.milliseconds
        )
    }

    /// The state; a status that this version doesn't know is unknown.
    package func state() throws -> SiteState {
        SiteState(
            status: SiteStatus(rawValue: status) ?? .unknown,
            since: Timestamp(milliseconds: since),
            regions: try regions.map { try StoredJSON.value(from: $0) } ?? [:],
            incident: incident.map { IncidentID(rawValue: $0) },
            announcedCertificateEnd: announcedCertificateEnd.map { Timestamp(milliseconds: $0) }
        )
    }
}
