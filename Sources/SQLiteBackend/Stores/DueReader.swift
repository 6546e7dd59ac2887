internal import GRDB
internal import Monitoring
internal import StoredForms

/// Reads one page of due slots.
struct DueReader {
    let db: Database
    let query: DueQuery

    func page() throws -> [DueSlot] {
        var page: [DueSlot] = []
        for part in query.parts where page.count < query.limit {
            page += try read(part, limit: query.limit - page.count)
        }
        return page
    }

    private func read(_ part: DuePart, limit: Int) throws -> [DueSlot] {
        let interval = query.interval.milliseconds
        switch query.schedule {
        case .spread:
            let cursor = try Row.fetchCursor(
                try db.cachedStatement(sql: ScheduleSQL.spreadPage),
                arguments: [query.region, interval, part.afterPhase, part.afterSite, part.lastPhase, limit]
            )
            return try slots(cursor) { part.cycle + ($0[3] as Int64) }
        case .burst:
            // All are due at the cycle's own beginning; a span that begins later in it has none of them.
            guard part.afterPhase <= 0 else { return [] }
            let cursor = try Row.fetchCursor(
                try db.cachedStatement(sql: ScheduleSQL.burstPage),
                arguments: [query.region, interval, part.afterSite, limit]
            )
            return try slots(cursor) { _ in part.cycle }
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
