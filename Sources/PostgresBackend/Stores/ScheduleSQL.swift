/// The statements of the schedule.
///
/// None reads more rows than it returns or counts.
enum ScheduleSQL {
    /// Jumps from one interval to the next: one seek each, however many sites there are.
    static let intervals: SQL = """
        WITH RECURSIVE step (ms) AS (
            SELECT min(interval_ms) FROM schedule WHERE region = $1
            UNION ALL
            SELECT (SELECT min(interval_ms) FROM schedule WHERE region = $1 AND interval_ms > step.ms) FROM step
            WHERE step.ms IS NOT NULL
        )
        SELECT ms FROM step WHERE ms IS NOT NULL
        """

    static let spreadPage: SQL = """
        SELECT schedule.site_id, site.url, site.revision, schedule.phase_ms
        FROM schedule JOIN site ON site.id = schedule.site_id
        WHERE schedule.region = $1 AND schedule.interval_ms = $2
        AND (schedule.phase_ms, schedule.site_id) > ($5, $3) AND schedule.phase_ms <= $6
        ORDER BY schedule.phase_ms, schedule.site_id LIMIT $4
        """

    static let burstPage: SQL = """
        SELECT schedule.site_id, site.url, site.revision, 0 AS phase_ms
        FROM schedule JOIN site ON site.id = schedule.site_id
        WHERE schedule.region = $1 AND schedule.interval_ms = $2 AND schedule.site_id > $3
        ORDER BY schedule.site_id LIMIT $4
        """

    static let countAll: SQL = "SELECT count(*) AS count FROM schedule WHERE region = $1 AND interval_ms = $2"
    static let countPhases: SQL = """
        SELECT count(*) AS count FROM schedule WHERE region = $1 AND interval_ms = $2 AND phase_ms <= $3
        """
    static let countPhase: SQL = """
        SELECT count(*) AS count FROM schedule
        WHERE region = $1 AND interval_ms = $2 AND phase_ms = $3 AND site_id > $4
        """
    static let countSites: SQL = """
        SELECT count(*) AS count FROM schedule WHERE region = $1 AND interval_ms = $2 AND site_id > $3
        """

    /// The last gap that begins no later than a place; it covers the place where it ends no earlier.
    static let gapBefore: SQL = """
        SELECT after_slot, after_site, through FROM gap
        WHERE region = $1 AND schedule = $2 AND interval_ms = $3 AND (after_slot, after_site) <= ($4, $5)
        ORDER BY after_slot DESC, after_site DESC LIMIT 1
        """
    static let saveGap: SQL = """
        INSERT INTO gap (region, schedule, interval_ms, after_slot, after_site, through, slots)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (region, schedule, interval_ms, after_slot, after_site)
        DO UPDATE SET through = excluded.through, slots = gap.slots + excluded.slots
        """
    static let addMissed: SQL = """
        INSERT INTO missed (region, slots) VALUES ($1, $2)
        ON CONFLICT (region) DO UPDATE SET slots = missed.slots + excluded.slots
        """
}
