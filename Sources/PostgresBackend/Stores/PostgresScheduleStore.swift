package import Monitoring
internal import StoredForms

/// What is due, read from the schedule's indexes alone.
package struct PostgresScheduleStore: ScheduleStore {
    private let database: PostgresDatabase

    package init(database: PostgresDatabase) {
        self.database = database
    }

    package func intervals(region: String) async throws -> [Duration] {
        let rows = try await database.read { try await $0.query(ScheduleSQL.intervals, [.text(region)]) }
        return try rows.map { .milliseconds(try $0.int("ms")) }
    }

    package func due(_ query: DueQuery) async throws -> [DueSlot] {
        try await database.read { connection in
            var page: [DueSlot] = []
            for part in query.parts where page.count < query.limit {
                page += try await read(part, of: query, limit: query.limit - page.count, connection)
            }
            return page
        }
    }

    private func read(
        _ part: DuePart,
        of query: DueQuery,
        limit: Int,
        _ connection: PostgresConnection
    ) async throws -> [DueSlot] {
        let key: [PostgresValue] = [.text(query.region), .int(query.interval.milliseconds), .int(part.afterSite)]
        let rows: [PostgresRow]
        switch query.schedule {
        case .spread:
            rows = try await connection.query(
                ScheduleSQL.spreadPage,
                key + [.int(Int64(limit)), .int(part.afterPhase), .int(part.lastPhase)]
            )
        case .burst:
            // All are due at the cycle's own beginning; a span that begins later in it has none of them.
            guard part.afterPhase <= 0 else { return [] }
            rows = try await connection.query(ScheduleSQL.burstPage, key + [.int(Int64(limit))])
        }
        return try rows.map { row in
            DueSlot(
                site: SiteID(rawValue: try row.int("site_id")),
                url: try row.text("url"),
                revision: Int(try row.int("revision")),
                slot: Timestamp(milliseconds: part.cycle + (try row.int("phase_ms")))
            )
        }
    }

    package func recordGap(_ gap: ScheduleGap, in term: PushTerm) async throws -> Int {
        try await database.write { connection in
            try await check(term, of: gap.region, connection)
            // Two leaders that find the same gap must not both count it.
            try await connection.lock(.gaps)
            let key: [PostgresValue] = [
                .text(gap.region), .text(gap.schedule.rawValue), .int(gap.interval.milliseconds),
            ]
            let earlier = try await connection.query(
                ScheduleSQL.gapBefore,
                key + [.int(gap.after.slot.milliseconds), .int(gap.after.site.rawValue)]
            ).first.map { row in
                (
                    after: SlotCursor(
                        slot: Timestamp(milliseconds: try row.int("after_slot")),
                        site: SiteID(rawValue: try row.int("after_site"))
                    ),
                    through: Timestamp(milliseconds: try row.int("through"))
                )
            }
            guard let (begin, news) = gap.continuing(earlier) else { return 0 }
            var slots = 0
            for term in news.terms { slots += term.factor * (try await count(term.sites, of: gap, connection)) }
            try await connection.execute(
                ScheduleSQL.saveGap,
                key + [
                    .int(begin.slot.milliseconds), .int(begin.site.rawValue), .int(gap.through.milliseconds),
                    .int(Int64(slots)),
                ]
            )
            try await connection.execute(ScheduleSQL.addMissed, [.text(gap.region), .int(Int64(slots))])
            return slots
        }
    }

    private func count(
        _ sites: GapTerm.Sites,
        of gap: ScheduleGap,
        _ connection: PostgresConnection
    ) async throws -> Int {
        let key: [PostgresValue] = [.text(gap.region), .int(gap.interval.milliseconds)]
        let rows =
            switch sites {
            case .all: try await connection.query(ScheduleSQL.countAll, key)
            case .phases(let through): try await connection.query(ScheduleSQL.countPhases, key + [.int(through)])
            case .phase(let phase, let after):
                try await connection.query(ScheduleSQL.countPhase, key + [.int(phase), .int(after)])
            case .behind(let site): try await connection.query(ScheduleSQL.countSites, key + [.int(site)])
            }
        return Int(try rows.first?.int("count") ?? 0)
    }

    package func missedSlots(region: String) async throws -> Int {
        let rows = try await database.read { connection in
            try await connection.query("SELECT slots FROM missed WHERE region = $1", [.text(region)])
        }
        return Int(try rows.first?.int("slots") ?? 0)
    }

    package func unended(_ slots: [DueSlot], of query: DueQuery) async throws -> [DueSlot] {
        guard !slots.isEmpty else { return [] }
        return try await database.read { try await ClosedSlots(connection: $0).unended(slots, of: query) }
    }

    package func recordMissed(_ slots: [DueSlot], of query: DueQuery, in term: PushTerm) async throws -> Int {
        guard !slots.isEmpty else { return 0 }
        return try await database.write { connection in
            try await check(term, of: query.region, connection)
            return try await ClosedSlots(connection: connection).miss(slots, of: query)
        }
    }

    package func beginTerm(region: String) async throws -> PushTerm {
        try await database.write { connection in
            let rows = try await connection.query(
                """
                INSERT INTO push_progress AS known (region, term) VALUES ($1, 1)
                ON CONFLICT (region) DO UPDATE SET term = known.term + 1 RETURNING term
                """,
                [.text(region)]
            )
            return PushTerm(number: try rows.first?.int("term") ?? 1)
        }
    }

    /// Holds off until the end of the transaction whoever would begin the next term.
    private func check(_ term: PushTerm, of region: String, _ connection: PostgresConnection) async throws {
        let rows = try await connection.query(
            "SELECT term FROM push_progress WHERE region = $1 FOR UPDATE",
            [.text(region)]
        )
        guard try rows.first?.int("term") == term.number else { throw StoreError.termHasEnded(region: region) }
    }

    package func progress(region: String) async throws -> PushProgress? {
        let rows = try await database.read { connection in
            try await connection.query(
                """
                SELECT settled, horizon, quiet_from, quiet_until FROM push_progress
                WHERE region = $1 AND horizon IS NOT NULL
                """,
                [.text(region)]
            )
        }
        return try rows.first.map { row in
            PushProgress(
                settled: Timestamp(milliseconds: try row.int("settled")),
                horizon: Timestamp(milliseconds: try row.int("horizon")),
                quietFrom: Timestamp(milliseconds: try row.int("quiet_from")),
                quietUntil: Timestamp(milliseconds: try row.int("quiet_until"))
            )
        }
    }

    package func advance(_ progress: PushProgress, region: String, in term: PushTerm) async throws {
        try await database.write { connection in
            try await check(term, of: region, connection)
            // greatest() passes NULL over.
            try await connection.execute(
                """
                UPDATE push_progress SET settled = greatest(settled, $2), horizon = greatest(horizon, $3),
                    quiet_from = $4, quiet_until = $5
                WHERE region = $1
                """,
                [
                    .text(region), .int(progress.settled.milliseconds), .int(progress.horizon.milliseconds),
                    .int(progress.quietFrom.milliseconds), .int(progress.quietUntil.milliseconds),
                ]
            )
        }
    }
}
