internal import GRDB
internal import Monitoring
internal import StoredForms

extension SiteStateFields {
    /// The columns, in the order in which ``init(_:from:)`` reads them.
    static let columns = """
        siteState.status, siteState.since, siteState.regions, siteState.incidentID, siteState.announcedCertificateEnd, \
        siteState.standing, siteState.standingSince, siteState.known
        """

    init(_ row: Row, from start: Int) {
        self.init(
            status: row[start],
            since: row[start + 1],
            regions: row[start + 2],
            incident: row[start + 3],
            announcedCertificateEnd: row[start + 4],
            standing: row[start + 5],
            standingSince: row[start + 6],
            known: row[start + 7]
        )
    }

    func write(of site: SiteID, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE siteState SET status = ?, since = ?, regions = ?, incidentID = ?, announcedCertificateEnd = ?,
                standing = ?, standingSince = ?, known = ? WHERE siteID = ?
                """
        )
        try statement.execute(
            arguments: [
                status, since, regions, incident, announcedCertificateEnd, standing, standingSince, known,
                site.rawValue,
            ]
        )
    }
}
