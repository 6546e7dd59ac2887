internal import Monitoring
internal import StoredForms

extension SiteStateFields {
    static let columns: SQL = """
        site_state.status, site_state.since, site_state.regions, site_state.incident_id,
        site_state.announced_certificate_end, site_state.standing, site_state.standing_since, site_state.known
        """

    init(_ row: PostgresRow) throws {
        self.init(
            status: try row.text("status"),
            since: try row.int("since"),
            regions: try row.optionalText("regions"),
            incident: try row.optionalInt("incident_id"),
            announcedCertificateEnd: try row.optionalInt("announced_certificate_end"),
            standing: try row.optionalText("standing"),
            standingSince: try row.optionalInt("standing_since"),
            known: try row.optionalText("known")
        )
    }

    /// Writes the states of sites, one each.
    static func write(
        _ states: [(site: SiteID, state: SiteState)],
        _ connection: PostgresConnection
    ) async throws {
        guard !states.isEmpty else { return }
        let fields = states.map { SiteStateFields($0.state) }
        try await connection.execute(
            """
            UPDATE site_state SET status = new.status, since = new.since, regions = new.regions,
            incident_id = new.incident_id, announced_certificate_end = new.announced_certificate_end,
            standing = new.standing, standing_since = new.standing_since, known = new.known
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) AS new (
                site_id, status, since, regions, incident_id, announced_certificate_end, standing, standing_since, known
            )
            WHERE site_state.site_id = new.site_id
            """,
            [
                .ints(states.map(\.site.rawValue)), .texts(fields.map(\.status)), .ints(fields.map(\.since)),
                .texts(fields.map(\.regions)), .ints(fields.map(\.incident)),
                .ints(fields.map(\.announcedCertificateEnd)), .texts(fields.map(\.standing)),
                .ints(fields.map(\.standingSince)), .texts(fields.map(\.known)),
            ]
        )
    }
}
