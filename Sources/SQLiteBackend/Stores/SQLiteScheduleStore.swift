internal import GRDB
package import Monitoring
internal import StoredForms

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

    package func recordGap(_ gap: ScheduleGap, in term: PushTerm) async throws -> Int {
        try await database.writing { db in
            try check(term, of: gap.region, in: db)
            let key: StatementArguments = [gap.region, gap.schedule.rawValue, gap.interval.milliseconds]
            let start: StatementArguments = [gap.after.slot.milliseconds, gap.after.site.rawValue]
            let earlier = try Row.fetchOne(try db.cachedStatement(sql: ScheduleSQL.gapBefore), arguments: key + start)
                .map { row in
                    (
                        after: SlotCursor(slot: Timestamp(milliseconds: row[0]), site: SiteID(rawValue: row[1])),
                        through: Timestamp(milliseconds: row[2])
                    )
                }
            guard let (begin, news) = gap.continuing(earlier) else { return 0 }
            let slots = try GapCounter(db: db, gap: news).slots()
            let values: StatementArguments = [
                begin.slot.milliseconds, begin.site.rawValue, gap.through.milliseconds, slots,
            ]
            try db.cachedStatement(sql: ScheduleSQL.saveGap).execute(arguments: key + values)
            try db.cachedStatement(sql: ScheduleSQL.addMissed).execute(arguments: [gap.region, slots])
            return slots
        }
    }

    package func missedSlots(region: String) async throws -> Int {
        try await database.reading { db in
            try Int.fetchOne(db, sql: "SELECT slots FROM missed WHERE region = ?", arguments: [region]) ?? 0
        }
    }

    package func unended(_ slots: [DueSlot], of query: DueQuery) async throws -> [DueSlot] {
        guard !slots.isEmpty else { return [] }
        return try await database.reading { try ClosedSlots(db: $0).unended(slots, of: query) }
    }

    package func recordMissed(_ slots: [DueSlot], of query: DueQuery, in term: PushTerm) async throws -> Int {
        guard !slots.isEmpty else { return 0 }
        return try await database.writing { db in
            try check(term, of: query.region, in: db)
            let closed = ClosedSlots(db: db)
            let missed = try closed.unended(slots, of: query)
            _ = try closed.close(
                missed.map { SlotClosing(site: $0.site, region: query.region, slot: $0.slot, end: .missed) }
            )
            return missed.count
        }
    }

    package func beginTerm(region: String) async throws -> PushTerm {
        try await database.writing { db in
            try db.execute(
                sql: """
                    INSERT INTO pushProgress (region, term) VALUES (?, 1)
                    ON CONFLICT (region) DO UPDATE SET term = term + 1
                    """,
                arguments: [region]
            )
            return PushTerm(number: try term(of: region, in: db) ?? 1)
        }
    }

    private func check(_ term: PushTerm, of region: String, in db: Database) throws {
        guard try self.term(of: region, in: db) == term.number else { throw StoreError.termHasEnded(region: region) }
    }

    private func term(of region: String, in db: Database) throws -> Int64? {
        try Int64.fetchOne(db, sql: "SELECT term FROM pushProgress WHERE region = ?", arguments: [region])
    }

    package func progress(region: String) async throws -> PushProgress? {
        try await database.reading { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT settled, horizon, quietFrom, quietUntil FROM pushProgress
                    WHERE region = ? AND horizon IS NOT NULL
                    """,
                arguments: [region]
            ).map { row in
                PushProgress(
                    settled: Timestamp(milliseconds: row[0]),
                    horizon: Timestamp(milliseconds: row[1]),
                    quietFrom: Timestamp(milliseconds: row[2]),
                    quietUntil: Timestamp(milliseconds: row[3])
                )
            }
        }
    }

    package func advance(_ progress: PushProgress, region: String, in term: PushTerm) async throws {
        try await database.writing { db in
            try check(term, of: region, in: db)
            let (settled, horizon) = (progress.settled.milliseconds, progress.horizon.milliseconds)
            try db.execute(
                sql: """
                    UPDATE pushProgress SET settled = max(coalesce(settled, ?1), ?1),
                        horizon = max(coalesce(horizon, ?2), ?2), quietFrom = ?3, quietUntil = ?4
                    WHERE region = ?5
                    """,
                arguments: [
                    settled, horizon, progress.quietFrom.milliseconds, progress.quietUntil.milliseconds, region,
                ]
            )
        }
    }
}
