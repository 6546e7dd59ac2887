internal import GRDB
internal import Monitoring

/// A row of `siteState`.
enum SiteStateRecord {
    /// The columns, in the order in which ``state(_:from:)`` reads them.
    static let columns = """
        siteState.status, siteState.since, siteState.regions, siteState.incidentID, siteState.announcedCertificateEnd
        """

    static func state(_ row: Row, from start: Int) throws -> SiteState {
        SiteState(
            status: SiteStatus(rawValue: row[start]) ?? .unknown,
            since: Timestamp(milliseconds: row[start + 1]),
            regions: try (row[start + 2] as String?).map { try StoredJSON.value(from: $0) } ?? [:],
            incident: (row[start + 3] as Int64?).map { IncidentID(rawValue: $0) },
            announcedCertificateEnd: (row[start + 4] as Int64?).map { Timestamp(milliseconds: $0) }
        )
    }

    static func write(_ state: SiteState, of site: SiteID, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE siteState SET status = ?, since = ?, regions = ?, incidentID = ?, announcedCertificateEnd = ?
                WHERE siteID = ?
                """
        )
        try statement.execute(
            arguments: [
                state.status.rawValue, state.since.milliseconds, try StoredJSON.text(state.regions),
                state.incident?.rawValue, state.announcedCertificateEnd?.milliseconds, site.rawValue,
            ]
        )
    }
}
