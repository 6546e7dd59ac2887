internal import GRDB
internal import Monitoring

/// Reads one page of due slots.
///
/// The span is no longer than the interval, so its phases are at most two ranges of one cycle: from its start to the end of
/// the cycle, and from the beginning of the next.
struct DueReader {
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
    /// The last phase of the cycle that begins here and is no later than `through`; nil where none is.
    fileprivate func range(through: Int64, _ interval: Int64) -> Int64? {
        through < self ? nil : Swift.min(through - self, interval - 1)
    }
}
