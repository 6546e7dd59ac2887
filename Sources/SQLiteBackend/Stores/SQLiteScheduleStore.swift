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

    package func recordGap(_ gap: ScheduleGap) async throws -> Int {
        try await database.writing { db in
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
}
