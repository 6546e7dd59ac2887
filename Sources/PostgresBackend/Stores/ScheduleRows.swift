internal import Monitoring
internal import StoredForms

/// The rows of sites in `schedule`: one a region while a site is not paused.
struct ScheduleRows {
    private let values: [PostgresValue]
    private let isEmpty: Bool

    init(of sites: [Site]) {
        var regions: [String] = []
        var intervals: [Int64] = []
        var phases: [Int64] = []
        var ids: [Int64] = []
        for site in sites {
            let keys = ScheduleKeys(of: site)
            for region in keys.regions {
                regions.append(region)
                intervals.append(keys.intervalMs)
                phases.append(keys.phaseMs)
                ids.append(site.id.rawValue)
            }
        }
        values = [.texts(regions), .ints(intervals), .ints(phases), .ints(ids)]
        isEmpty = ids.isEmpty
    }

    func insert(_ connection: PostgresConnection) async throws {
        guard !isEmpty else { return }
        try await connection.execute(
            "INSERT INTO schedule (region, interval_ms, phase_ms, site_id) SELECT * FROM unnest($1, $2, $3, $4)",
            values
        )
    }

    /// Deletes the rows by their whole key: no index over the sites alone is needed.
    func delete(_ connection: PostgresConnection) async throws {
        guard !isEmpty else { return }
        try await connection.execute(
            """
            DELETE FROM schedule USING unnest($1, $2, $3, $4) AS gone (region, interval_ms, phase_ms, site_id)
            WHERE schedule.region = gone.region AND schedule.interval_ms = gone.interval_ms
            AND schedule.phase_ms = gone.phase_ms AND schedule.site_id = gone.site_id
            """,
            values
        )
    }
}
