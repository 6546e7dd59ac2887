internal import Monitoring
internal import StoredForms

extension SiteStateFields {
    static let columns: SQL = """
        site_state.status, site_state.since, site_state.regions, site_state.incident_id,
        site_state.announced_certificate_end
        """

    init(_ row: PostgresRow) throws {
        self.init(
            status: try row.text("status"),
            since: try row.int("since"),
            regions: try row.optionalText("regions"),
            incident: try row.optionalInt("incident_id"),
            announcedCertificateEnd: try row.optionalInt("announced_certificate_end")
        )
    }

    /// Writes the states of sites, one each.
    static func write(
        _ states: [(site: SiteID, state: SiteState)],
        _ connection: PostgresConnection
    ) async throws {
        guard !states.isEmpty else { return }
        let fields = try states.map { try SiteStateFields($0.state) }
        try await connection.execute(
            """
            UPDATE site_state SET status = new.status, since = new.since, regions = new.regions,
            incident_id = new.incident_id, announced_certificate_end = new.announced_certificate_end
            FROM unnest($1, $2, $3, $4, $5, $6)
                AS new (site_id, status, since, regions, incident_id, announced_certificate_end)
            WHERE site_state.site_id = new.site_id
            """,
            [
                .ints(states.map(\.site.rawValue)), .texts(fields.map(\.status)), .ints(fields.map(\.since)),
                .texts(fields.map(\.regions)), .ints(fields.map(\.incident)),
                .ints(fields.map(\.announcedCertificateEnd)),
            ]
        )
    }
}
