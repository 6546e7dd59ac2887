internal import GRDB
internal import Monitoring
internal import StoredForms

/// Rolls finished hours and days up.
///
/// Doing it again, or being cut short anywhere, changes nothing.
///
/// Reads and writes take turns in bounded pieces, so that neither a snapshot nor the write lock is held for long.
struct RollupMaintenance {
    let database: SQLiteDatabase
    let now: Timestamp

    /// Rows to read in one piece; a row of a site is finished even so.
    private static let rowsPerPiece = 20_000
    /// Sites to look at in one piece.
    private static let sitesPerPiece: Int64 = 5_000

    func rollUp() async throws {
        guard let minutes = try await begin() else { return }
        let finished = Rollup.finished(at: now)
        if minutes < finished {
            try await pieces(of: .minute, from: minutes, to: finished)
        }
        try await rollUpDirty()
        let days = try await database.reading { try RollupProgress($0).through(.day) } ?? Rollup.day.span(of: minutes)
        let finishedDays = Rollup.day.span(of: max(minutes, finished))
        if days < finishedDays {
            try await pieces(of: .day, from: days, to: finishedDays)
        }
    }

    /// Where to go on, at the first time where the first site's life began; nil while there are no sites.
    private func begin() async throws -> Int64? {
        try await database.reading { db in
            if let through = try RollupProgress(db).through(.minute) { return through }
            let first = try Int64.fetchOne(db, sql: "SELECT createdAt FROM site ORDER BY id LIMIT 1")
            // The job of a new site may be of a slot that is a little older than the site.
            return first.map { Rollup.day.span(of: $0) - Rollup.day.rowSpan }
        }
    }

    // MARK: Pieces

    private typealias Place = RollupPiece.Place

    private struct Step: Sendable {
        let rows: [RollupPiece.Row]
        let next: Place?
    }

    private func pieces(of level: Rollup, from: Int64, to: Int64) async throws {
        var place: Place? = Place(site: 0, moment: from)
        while let start = place {
            try Task.checkCancellation()
            let step = try await database.reading { db in
                level == .minute
                    ? try minutes(from: start, in: from..<to, db) : try days(from: start, in: from..<to, db)
            }
            if !step.rows.isEmpty {
                try await database.writing { db in try Self.write(step.rows, db) }
            }
            place = step.next
        }
        try await database.writing { db in
            try RollupProgress.setThrough(to, of: level, db)
            if level == .day { try RollupProgress.setThrough(to, of: .hour, db) }
        }
    }

    private static func write(_ rows: [RollupPiece.Row], _ db: Database) throws {
        for row in rows {
            let statement = try db.cachedStatement(
                sql: """
                    INSERT INTO \(row.level.table) (siteID, start, entries) VALUES (?, ?, ?)
                    ON CONFLICT (siteID, start) DO UPDATE SET entries = excluded.entries
                    """
            )
            try statement.execute(arguments: [row.site, row.start, row.row.data])
        }
    }

    /// The sites of a piece, each with the range of its rows: one seek a site.
    private func cursor(
        _ source: String,
        _ time: String,
        from place: Place,
        in span: Range<Int64>,
        _ db: Database
    )
        throws -> RowCursor
    {
        let sql = """
            \(source) ON source.siteID = site.id
            AND source.\(time) >= CASE WHEN site.id = ?1 THEN ?2 ELSE ?3 END AND source.\(time) < ?4
            WHERE site.id >= ?1 AND site.id < ?5 ORDER BY site.id, source.\(time)
            """
        return try Row.fetchCursor(
            try db.cachedStatement(sql: sql),
            arguments: [
                place.site, place.moment, span.lowerBound, span.upperBound, place.site + Self.sitesPerPiece,
            ]
        )
    }

    private func end(of place: Place, in span: Range<Int64>, _ db: Database) throws -> Place? {
        let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM site") ?? 0
        let next = place.site + Self.sitesPerPiece
        return next > last ? nil : Place(site: next, moment: span.lowerBound)
    }

    /// Rolls raw results up into minutes.
    private func minutes(from place: Place, in span: Range<Int64>, _ db: Database) throws -> Step {
        var piece = RollupPiece(limit: Self.rowsPerPiece)
        let cursor = try cursor(
            """
            SELECT site.id, source.slot, source.verdict, source.statusCode, source.total
            FROM site CROSS JOIN result AS source
            """,
            "slot",
            from: place,
            in: span,
            db
        )
        while let row = try cursor.next() {
            let next = try piece.add(site: row[0], slot: row[1], verdict: row[2], statusCode: row[3], total: row[4])
            if let next { return Step(rows: piece.rows, next: next) }
        }
        return Step(rows: piece.rows, next: try end(of: place, in: span, db))
    }

    /// Rolls minutes up into hours and a day.
    private func days(from place: Place, in span: Range<Int64>, _ db: Database) throws -> Step {
        var piece = RollupPiece(limit: Self.rowsPerPiece / 60)
        let cursor = try cursor(
            "SELECT site.id, source.start, source.entries FROM site CROSS JOIN rollupMinute AS source",
            "start",
            from: place,
            in: span,
            db
        )
        while let row = try cursor.next() {
            let next = piece.add(site: row[0], hour: row[1], try RollupRow(row[2]))
            if let next { return Step(rows: piece.rows, next: next) }
        }
        return Step(rows: piece.rows, next: try end(of: place, in: span, db))
    }

    // MARK: Late results

    /// Rolls the hours again that had a result afterwards, while their raw results are all still there.
    private func rollUpDirty() async throws {
        let finished = Rollup.finished(at: now)
        var hasMore = true
        while hasMore {
            try Task.checkCancellation()
            hasMore = try await database.writing { db in
                let dirty = try Row.fetchAll(db, sql: "SELECT siteID, start FROM rollupDirty LIMIT 20")
                let progress = try RollupProgress(db)
                for row in dirty {
                    let (site, hour) = (row[0] as Int64, row[1] as Int64)
                    try redo(site, hour, finished, progress, db)
                    try db.execute(
                        sql: "DELETE FROM rollupDirty WHERE siteID = ? AND start = ?",
                        arguments: [site, hour]
                    )
                }
                return dirty.count == 20
            }
        }
    }

    private func redo(
        _ site: Int64,
        _ hour: Int64,
        _ finished: Int64,
        _ progress: RollupProgress,
        _ db: Database
    ) throws {
        guard progress.mayRedo(hour: hour, finished: finished) else { return }
        let place = Place(site: site, moment: hour)
        let span = hour..<(hour + Rollup.minute.rowSpan)
        try Self.write(only(site, of: try minutes(from: place, in: span, db)), db)
        let day = Rollup.day.span(of: hour)
        guard progress.mayRedo(day: day, finished: finished) else { return }
        let whole = day..<(day + Rollup.day.rowSpan)
        try Self.write(only(site, of: try self.days(from: Place(site: site, moment: day), in: whole, db)), db)
    }

    private func only(_ site: Int64, of step: Step) -> [RollupPiece.Row] {
        step.rows.filter { $0.site == site }
    }
}
