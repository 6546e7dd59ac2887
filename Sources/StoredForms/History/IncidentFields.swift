package import Monitoring

/// A row of `incident`.
package struct IncidentFields: Sendable, Equatable {
    package var id: Int64 = 0
    package var site: Int64 = 0
    package var siteName = ""
    package var startedAt: Int64 = 0
    package var endedAt: Int64?
    /// ``CheckFailure`` as JSON.
    package var failure: String?
    package var statusCode: Int?
    /// Names as JSON.
    package var regions = "[]"
    package var acknowledgedAt: Int64?
    package var acknowledgedBy: String?

    package init() {}

    /// The row of an incident that opens; its number comes from the engine.
    package init(_ opening: IncidentMachine.Opening, of site: Site) throws {
        self.site = site.id.rawValue
        siteName = site.settings.name
        startedAt = opening.startedAt.milliseconds
        failure = try opening.failure.map { try StoredJSON.text($0) }
        statusCode = opening.statusCode
        regions = try StoredJSON.text(opening.regions)
    }

    /// The incident as it is answered.
    package func incident() throws -> Incident {
        Incident(
            id: IncidentID(rawValue: id),
            site: SiteID(rawValue: site),
            siteName: siteName,
            startedAt: Timestamp(milliseconds: startedAt),
            endedAt: endedAt.map { Timestamp(milliseconds: $0) },
            failure: try failure.map { try StoredJSON.value(from: $0) },
            statusCode: statusCode,
            regions: try StoredJSON.value(from: regions),
            acknowledgedAt: acknowledgedAt.map { Timestamp(milliseconds: $0) },
            acknowledgedBy: acknowledgedBy
        )
    }
}
