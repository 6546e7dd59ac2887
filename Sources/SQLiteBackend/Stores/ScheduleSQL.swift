/// The queries of the schedule.
///
/// None reads more rows than it returns or counts.
enum ScheduleSQL {
    /// Jumps from one interval to the next: one seek each, however many sites there are.
    static let intervals = """
        WITH RECURSIVE step(ms) AS (
            SELECT min(intervalMs) FROM schedule WHERE region = ?1
            UNION ALL
            SELECT (SELECT min(intervalMs) FROM schedule WHERE region = ?1 AND intervalMs > step.ms) FROM step
            WHERE step.ms IS NOT NULL
        )
        SELECT ms FROM step WHERE ms IS NOT NULL
        """

    static let spreadPage = """
        SELECT schedule.siteID, site.url, site.revision, schedule.phaseMs
        FROM schedule CROSS JOIN site ON site.id = schedule.siteID
        WHERE schedule.region = ?1 AND schedule.intervalMs = ?2
        AND (schedule.phaseMs, schedule.siteID) > (?3, ?4) AND schedule.phaseMs <= ?5
        ORDER BY schedule.phaseMs, schedule.siteID LIMIT ?6
        """

    static let burstPage = """
        SELECT schedule.siteID, site.url, site.revision
        FROM schedule INDEXED BY scheduleBySite CROSS JOIN site ON site.id = schedule.siteID
        WHERE schedule.region = ?1 AND schedule.intervalMs = ?2 AND schedule.siteID > ?3
        ORDER BY schedule.siteID LIMIT ?4
        """

    static let countAll = "SELECT count(*) FROM schedule WHERE region = ? AND intervalMs = ?"
    static let countPhases = "SELECT count(*) FROM schedule WHERE region = ? AND intervalMs = ? AND phaseMs <= ?"
    static let countPhase = """
        SELECT count(*) FROM schedule WHERE region = ? AND intervalMs = ? AND phaseMs = ? AND siteID > ?
        """
    static let countSites = """
        SELECT count(*) FROM schedule INDEXED BY scheduleBySite WHERE region = ? AND intervalMs = ? AND siteID > ?
        """

    /// The last gap that begins no later than a place; it covers the place where it ends no earlier.
    static let gapBefore = """
        SELECT afterSlot, afterSite, through FROM gap
        WHERE region = ? AND schedule = ? AND intervalMs = ? AND (afterSlot, afterSite) <= (?, ?)
        ORDER BY afterSlot DESC, afterSite DESC LIMIT 1
        """
    static let saveGap = """
        INSERT INTO gap (region, schedule, intervalMs, afterSlot, afterSite, through, slots)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET through = excluded.through, slots = slots + excluded.slots
        """
    static let addMissed = """
        INSERT INTO missed (region, slots) VALUES (?, ?)
        ON CONFLICT (region) DO UPDATE SET slots = slots + excluded.slots
        """
}
