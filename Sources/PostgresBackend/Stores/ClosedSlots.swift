internal import Monitoring
internal import StoredForms

/// Ends slots without a result, and tells which have ended; within one transaction.
struct ClosedSlots {
    let connection: PostgresConnection

    /// Ends each slot, unless it has ended already, and answers how it has.
    ///
    /// The sites are locked as they are to record a result, so that a slot gets either a result or another end.
    func close(_ slots: [SlotClosing]) async throws -> [SlotEnd] {
        try await lockSites(of: slots.map(\.site))
        return try await closeLocked(slots)
    }

    private func closeLocked(_ slots: [SlotClosing]) async throws -> [SlotEnd] {
        let keys = slots.map { Key(site: $0.site, slot: $0.slot, region: $0.region) }
        let closed = try await connection.query(
            """
            INSERT INTO closed_slot (site_id, slot, region, ending)
            SELECT DISTINCT ON (site_id, slot, region) site_id, slot, region, ending
            FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS closing (site_id, slot, region, ending, place)
            WHERE EXISTS (SELECT 1 FROM site WHERE site.id = closing.site_id) AND NOT EXISTS (
                SELECT 1 FROM result WHERE result.site_id = closing.site_id AND result.slot = closing.slot
                AND result.region = closing.region
            )
            ORDER BY site_id, slot, region, place
            ON CONFLICT (site_id, slot, region) DO NOTHING RETURNING region, ending
            """,
            keys.values + [.texts(slots.map(\.end.rawValue))]
        )
        var missed: [String: Int64] = [:]
        for row in closed where try row.text("ending") == SlotEnd.missed.rawValue {
            missed[try row.text("region"), default: 0] += 1
        }
        for (region, count) in missed.sorted(by: { $0.key < $1.key }) {
            try await connection.execute(ScheduleSQL.addMissed, [.text(region), .int(count)])
        }
        let ends = try await ends(of: keys)
        let withResult = try await withResult(keys)
        // Of a site that is gone for good nothing is kept.
        return zip(slots, keys).map { withResult.contains($1) ? .result : ends[$1] ?? $0.end }
    }

    /// How slots were closed; those that were not are left out.
    func ends(of keys: [Key]) async throws -> [Key: SlotEnd] {
        let rows = try await connection.query(
            """
            SELECT site_id, slot, region, ending FROM closed_slot
            WHERE (site_id, slot, region) IN (SELECT * FROM unnest($1, $2, $3))
            """,
            keys.values
        )
        var ends: [Key: SlotEnd] = [:]
        for row in rows { ends[try Key(row)] = try SlotEnd(stored: row.text("ending")) }
        return ends
    }

    /// Those of a page that have neither a result nor another end.
    func unended(_ slots: [DueSlot], of query: DueQuery) async throws -> [DueSlot] {
        // Gaps don't overlap, so only the last that begins before a slot can hold it.
        let rows = try await connection.query(
            """
            SELECT place FROM unnest($1, $2) WITH ORDINALITY AS due (site_id, slot, place)
            JOIN site ON site.id = due.site_id AND site.created_at <= due.slot
            WHERE NOT EXISTS (
                SELECT 1 FROM result
                WHERE result.site_id = due.site_id AND result.slot = due.slot AND result.region = $3
            ) AND NOT EXISTS (
                SELECT 1 FROM closed_slot AS closed
                WHERE closed.site_id = due.site_id AND closed.slot = due.slot AND closed.region = $3
            ) AND coalesce((
                SELECT through FROM gap WHERE region = $3 AND schedule = $4 AND interval_ms = $5
                AND (after_slot, after_site) <= (due.slot, due.site_id - 1)
                ORDER BY after_slot DESC, after_site DESC LIMIT 1
            ), due.slot - 1) < due.slot
            ORDER BY place
            """,
            [
                .ints(slots.map(\.site.rawValue)), .ints(slots.map(\.slot.milliseconds)), .text(query.region),
                .text(query.schedule.rawValue), .int(query.interval.milliseconds),
            ]
        )
        return try rows.map { slots[Int(try $0.int("place")) - 1] }
    }

    /// Closes those of a page that have not ended as missed, and answers their number.
    func miss(_ slots: [DueSlot], of query: DueQuery) async throws -> Int {
        try await connection.lock(.gaps)
        try await lockSites(of: slots.map(\.site))
        let missed = try await unended(slots, of: query)
        _ = try await closeLocked(
            missed.map { SlotClosing(site: $0.site, region: query.region, slot: $0.slot, end: .missed) }
        )
        return missed.count
    }

    private func lockSites(of sites: [SiteID]) async throws {
        try await connection.execute(
            "SELECT id FROM site WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
            [.ints(Set(sites.map(\.rawValue)).sorted())]
        )
    }

    private func withResult(_ keys: [Key]) async throws -> Set<Key> {
        let rows = try await connection.query(
            """
            SELECT site_id, slot, region FROM result
            WHERE (site_id, slot, region) IN (SELECT * FROM unnest($1, $2, $3))
            """,
            keys.values
        )
        return Set(try rows.map { try Key($0) })
    }
}

extension ClosedSlots {
    /// What a slot is known by.
    struct Key: Hashable {
        let site: Int64
        let slot: Int64
        let region: String

        init(site: SiteID, slot: Timestamp, region: String) {
            self.site = site.rawValue
            self.slot = slot.milliseconds
            self.region = region
        }

        init(_ row: PostgresRow) throws {
            site = try row.int("site_id")
            slot = try row.int("slot")
            region = try row.text("region")
        }
    }
}

extension [ClosedSlots.Key] {
    /// Three arrays, for `unnest`.
    fileprivate var values: [PostgresValue] {
        [.ints(map(\.site)), .ints(map(\.slot)), .texts(map(\.region))]
    }
}
