internal import GRDB
internal import Monitoring
internal import Notifications
internal import StoredForms

/// Ends slots without a result, and tells which have ended.
struct ClosedSlots {
    let db: Database

    /// Ends each slot, unless it has ended already, and answers how it has.
    func close(_ slots: [SlotClosing]) throws -> [SlotEnd] {
        var missed: [String: Int] = [:]
        let ends = try slots.map { closing in
            if try hasResult(closing.site, closing.slot, closing.region) { return SlotEnd.result }
            try db.cachedStatement(
                sql: """
                    INSERT INTO closedSlot (siteID, slot, region, ending)
                    SELECT id, ?, ?, ? FROM site WHERE id = ?
                    ON CONFLICT (siteID, slot, region) DO NOTHING
                    """
            )
            .execute(arguments: [
                closing.slot.milliseconds, closing.region, closing.end.rawValue, closing.site.rawValue,
            ])
            guard db.changesCount == 0 else {
                if closing.end == .missed { missed[closing.region, default: 0] += 1 }
                return closing.end
            }
            return try end(closing.site, closing.slot, closing.region) ?? closing.end
        }
        for (region, count) in missed {
            try db.cachedStatement(sql: ScheduleSQL.addMissed).execute(arguments: [region, count])
        }
        return ends
    }

    /// How the slots of results were closed, all in one query; nil for those that weren't.
    func ends(of results: [CheckResult]) throws -> [SlotEnd?] {
        let keys = results.enumerated().map { place, result in
            JSON.array([
                JSON(place), JSON(result.site.rawValue), JSON(result.slot.milliseconds), .string(result.region),
            ])
        }
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT json_extract(wanted.value, '$[0]'), closedSlot.ending FROM json_each(?) AS wanted
                    CROSS JOIN closedSlot ON closedSlot.siteID = json_extract(wanted.value, '$[1]')
                    AND closedSlot.slot = json_extract(wanted.value, '$[2]')
                    AND closedSlot.region = json_extract(wanted.value, '$[3]')
                    """
            ),
            arguments: [String(decoding: JSON.array(keys).bytes, as: UTF8.self)]
        )
        var ends = [SlotEnd?](repeating: nil, count: results.count)
        for row in rows { ends[row[0]] = try SlotEnd(stored: row[1]) }
        return ends
    }

    /// How a slot was closed; nil where it wasn't.
    private func end(_ site: SiteID, _ slot: Timestamp, _ region: String) throws -> SlotEnd? {
        let ending = try String.fetchOne(
            db.cachedStatement(sql: "SELECT ending FROM closedSlot WHERE siteID = ? AND slot = ? AND region = ?"),
            arguments: [site.rawValue, slot.milliseconds, region]
        )
        return try ending.map { try SlotEnd(stored: $0) }
    }

    /// Those of a page that have neither a result nor another end.
    func unended(_ slots: [DueSlot], of query: DueQuery) throws -> [DueSlot] {
        let createdAt = try db.cachedStatement(sql: "SELECT createdAt FROM site WHERE id = ?")
        // Gaps don't overlap, so only the last that begins before a slot can hold it.
        let gapBefore = try db.cachedStatement(sql: ScheduleSQL.gapBefore)
        return try slots.filter { due in
            let slot = due.slot.milliseconds
            guard let created = try Int64.fetchOne(createdAt, arguments: [due.site.rawValue]), created <= slot,
                try !hasResult(due.site, due.slot, query.region),
                try end(due.site, due.slot, query.region) == nil
            else { return false }
            let gap = try Row.fetchOne(
                gapBefore,
                arguments: [
                    query.region, query.schedule.rawValue, query.interval.milliseconds, slot, due.site.rawValue - 1,
                ]
            )
            return gap.map { ($0[2] as Int64) < slot } ?? true
        }
    }

    private func hasResult(_ site: SiteID, _ slot: Timestamp, _ region: String) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM result WHERE siteID = ? AND slot = ? AND region = ?)"
            ),
            arguments: [site.rawValue, slot.milliseconds, region]
        ) ?? false
    }
}
