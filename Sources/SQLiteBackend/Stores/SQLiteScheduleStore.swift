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
            let key: StatementArguments = [gap.region, gap.schedule.rawValue, gap.interval.milliseconds]
            let start: StatementArguments = [gap.after.slot.milliseconds, gap.after.site.rawValue]
            var begin = gap.after
            var news = gap
            let earlier = try Row.fetchOne(try db.cachedStatement(sql: ScheduleSQL.gapBefore), arguments: key + start)
            if let earlier {
                let through = Timestamp(milliseconds: earlier[2])
                // A gap holds all sites of its last slot, so one that begins within that slot goes on without a hole.
                if through >= gap.after.slot {
                    guard through < gap.through else { return 0 }
                    begin = SlotCursor(slot: Timestamp(milliseconds: earlier[0]), site: SiteID(rawValue: earlier[1]))
                    news.after = max(gap.after, .end(of: through))
                }
            }
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
