internal import GRDB
package import Monitoring

/// What is due, read from the schedule's indexes alone.
package struct SQLiteScheduleStore: ScheduleStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) {
        self.database = database
    }

    package func intervals(region: String) async throws -> [Duration] {
        try await database.reading { db in
            try Int64.fetchAll(try db.cachedStatement(sql: ScheduleSQL.intervals), arguments: [region])
                .map { .milliseconds($0) }
        }
    }

    package func due(_ query: DueQuery) async throws -> [DueSlot] {
        try await database.reading { db in try DueReader(db: db, query: query).page() }
    }

    package func recordGap(_ gap: ScheduleGap) async throws -> Int {
        try await database.writing { db in
            let key: StatementArguments = [
                gap.region, gap.schedule.rawValue, gap.interval.milliseconds, gap.after.slot.milliseconds,
                gap.after.site.rawValue, gap.through.milliseconds,
            ]
            let known = try Int.fetchOne(try db.cachedStatement(sql: ScheduleSQL.knownGap), arguments: key)
            if let known { return known }
            let slots = try GapCounter(db: db, gap: gap).slots()
            try db.cachedStatement(sql: ScheduleSQL.insertGap).execute(arguments: key + [slots])
            try db.cachedStatement(sql: ScheduleSQL.addMissed).execute(arguments: [gap.region, slots])
            return slots
        }
    }

    package func missedSlots(region: String) async throws -> Int {
        try await database.reading { db in
            try Int.fetchOne(db, sql: "SELECT slots FROM missed WHERE region = ?", arguments: [region]) ?? 0
        }
    }
}

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

    static let knownGap = """
        SELECT slots FROM gap WHERE region = ? AND schedule = ? AND intervalMs = ? AND afterSlot = ? AND afterSite = ?
        AND through = ?
        """
    static let insertGap = """
        INSERT INTO gap (region, schedule, intervalMs, afterSlot, afterSite, through, slots)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    static let addMissed = """
        INSERT INTO missed (region, slots) VALUES (?, ?)
        ON CONFLICT (region) DO UPDATE SET slots = slots + excluded.slots
        """
}

/// Reads one page of due slots.
///
/// The span is no longer than the interval, so its phases are at most two ranges of one cycle: from its start to the end of
/// the cycle, and from the beginning of the next.
private struct DueReader {
    let db: Database
    let query: DueQuery

    func page() throws -> [DueSlot] {
        let interval = query.interval.milliseconds
        let after = query.after.slot.milliseconds
        let through = query.through.milliseconds
        guard interval > 0, query.limit > 0, through >= after else { return [] }
        let cycle = after - after.modulo(interval)

        var page =
            try cycle.range(through: through, interval).map { last in
                try read(
                    cycle: cycle,
                    after: (after - cycle, query.after.site.rawValue),
                    last: last,
                    limit: query.limit
                )
            } ?? []
        if page.count < query.limit, let last = (cycle + interval).range(through: through, interval) {
            page += try read(cycle: cycle + interval, after: (-1, 0), last: last, limit: query.limit - page.count)
        }
        return page
    }

    private func read(
        cycle: Int64,
        after: (phase: Int64, site: Int64),
        last: Int64,
        limit: Int
    ) throws -> [DueSlot] {
        let interval = query.interval.milliseconds
        switch query.schedule {
        case .spread:
            let cursor = try Row.fetchCursor(
                try db.cachedStatement(sql: ScheduleSQL.spreadPage),
                arguments: [query.region, interval, after.phase, after.site, last, limit]
            )
            return try slots(cursor) { cycle + ($0[3] as Int64) }
        case .burst:
            // All are due at the cycle's own beginning; a span that begins later in it has none of them.
            guard after.phase <= 0 else { return [] }
            let cursor = try Row.fetchCursor(
                try db.cachedStatement(sql: ScheduleSQL.burstPage),
                arguments: [query.region, interval, after.site, limit]
            )
            return try slots(cursor) { _ in cycle }
        }
    }

    private func slots(_ cursor: RowCursor, _ slot: (Row) -> Int64) throws -> [DueSlot] {
        var slots: [DueSlot] = []
        while let row = try cursor.next() {
            slots.append(
                DueSlot(
                    site: SiteID(rawValue: row[0]),
                    url: row[1],
                    revision: row[2],
                    slot: Timestamp(milliseconds: slot(row))
                )
            )
        }
        return slots
    }
}

extension Int64 {
    /// The remainder that is never negative.
    fileprivate func modulo(_ divisor: Int64) -> Int64 {
        let rest = self % divisor
        return rest < 0 ? rest + divisor : rest
    }

    /// The last phase of the cycle that begins here and is no later than `through`; nil where none is.
    fileprivate func range(through: Int64, _ interval: Int64) -> Int64? {
        through < self ? nil : Swift.min(through - self, interval - 1)
    }
}

/// Counts the slots of a gap by the index, over any number of cycles.
private struct GapCounter {
    let db: Database
    let gap: ScheduleGap

    func slots() throws -> Int {
        let interval = gap.interval.milliseconds
        let after = gap.after.slot.milliseconds
        let through = gap.through.milliseconds
        guard interval > 0, through >= after else { return 0 }
        let (afterPhase, throughPhase) = (after.modulo(interval), through.modulo(interval))
        let cycles = Int((through - throughPhase - (after - afterPhase)) / interval)
        let whole = cycles == 0 ? 0 : cycles * (try count(ScheduleSQL.countAll, []))
        // A site of phase p has floor((t - p) / interval) slots up to t; those up to `after` are not in the gap, except
        // those at `after` itself of sites behind the cursor.
        switch gap.schedule {
        case .spread:
            return whole + (try count(ScheduleSQL.countPhases, [throughPhase]))
                - (try count(ScheduleSQL.countPhases, [afterPhase]))
                + (try count(ScheduleSQL.countPhase, [afterPhase, gap.after.site.rawValue]))
        case .burst:
            return whole + (afterPhase == 0 ? try count(ScheduleSQL.countSites, [gap.after.site.rawValue]) : 0)
        }
    }

    private func count(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        let key: StatementArguments = [gap.region, gap.interval.milliseconds]
        return try Int.fetchOne(try db.cachedStatement(sql: sql), arguments: key + arguments) ?? 0
    }
}
