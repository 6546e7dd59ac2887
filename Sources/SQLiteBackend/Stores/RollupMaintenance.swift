internal import GRDB
internal import Monitoring

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

    /// The place in the order of (site, time) from which a piece goes on.
    private struct Place: Sendable {
        var site: Int64
        var moment: Int64
    }

    private struct Piece: Sendable {
        var rows: [(table: String, site: Int64, start: Int64, row: RollupRow)] = []
        var next: Place?
    }

    private func pieces(of level: Rollup, from: Int64, to: Int64) async throws {
        var place: Place? = Place(site: 0, moment: from)
        while let start = place {
            try Task.checkCancellation()
            let piece = try await database.reading { db in
                level == .minute
                    ? try minutes(from: start, in: from..<to, db) : try days(from: start, in: from..<to, db)
            }
            if !piece.rows.isEmpty {
                try await database.writing { db in try Self.write(piece, db) }
            }
            place = piece.next
        }
        try await database.writing { db in
            try RollupProgress.setThrough(to, of: level, db)
            if level == .day { try RollupProgress.setThrough(to, of: .hour, db) }
        }
    }

    private static func write(_ piece: Piece, _ db: Database) throws {
        for (table, site, start, row) in piece.rows {
            let statement = try db.cachedStatement(
                sql: """
                    INSERT INTO \(table) (siteID, start, entries) VALUES (?, ?, ?)
                    ON CONFLICT (siteID, start) DO UPDATE SET entries = excluded.entries
                    """
            )
            try statement.execute(arguments: [site, start, row.data])
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
    private func minutes(from place: Place, in span: Range<Int64>, _ db: Database) throws -> Piece {
        var piece = Piece()
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
        var count = 0
        while let row = try cursor.next() {
            let (site, slot) = (row[0] as Int64, row[1] as Int64)
            let start = Rollup.minute.span(of: slot)
            if piece.rows.last.map({ $0.site != site || $0.start != start }) ?? true {
                if count >= Self.rowsPerPiece {
                    piece.next = Place(site: site, moment: start)
                    return piece
                }
                piece.rows.append((Rollup.minute.table, site, start, RollupRow()))
            }
            try Self.add(row, at: UInt8((slot - start) / Rollup.minute.unit), to: &piece.rows[piece.rows.count - 1].row)
            count += 1
        }
        piece.next = try end(of: place, in: span, db)
        return piece
    }

    private static func add(_ row: Row, at place: UInt8, to rollup: inout RollupRow) throws {
        let verdict = try ResultRecord.verdict(row[2])
        let isAnswered = verdict != .down || (row[3] as Int?) != nil
        rollup.entries[place, default: RollupEntry()].add(verdict, answeredIn: isAnswered ? row[4] : nil)
    }

    /// Rolls minutes up into hours and a day.
    private func days(from place: Place, in span: Range<Int64>, _ db: Database) throws -> Piece {
        var piece = Piece()
        let cursor = try cursor(
            "SELECT site.id, source.start, source.entries FROM site CROSS JOIN rollupMinute AS source",
            "start",
            from: place,
            in: span,
            db
        )
        var count = 0
        while let row = try cursor.next() {
            let (site, hour) = (row[0] as Int64, row[1] as Int64)
            let start = Rollup.day.span(of: hour)
            if piece.rows.last.map({ $0.site != site || $0.start != start }) ?? true {
                if count >= Self.rowsPerPiece / 60 {
                    piece.next = Place(site: site, moment: start)
                    return piece
                }
                piece.rows.append((Rollup.hour.table, site, start, RollupRow()))
                piece.rows.append((Rollup.day.table, site, start, RollupRow()))
            }
            var entry = RollupEntry()
            for minute in try RollupRow(row[2]).entries.values { entry.merge(minute) }
            let last = piece.rows.count - 1
            piece.rows[last - 1].row.entries[UInt8((hour - start) / Rollup.hour.unit)] = entry
            piece.rows[last].row.entries[0, default: RollupEntry()].merge(entry)
            count += 1
        }
        piece.next = try end(of: place, in: span, db)
        return piece
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
        guard hour < finished, hour >= progress.oldest(RollupProgress.raw) else { return }
        let place = Place(site: site, moment: hour)
        let span = hour..<(hour + Rollup.minute.rowSpan)
        try Self.write(only(site, of: try minutes(from: place, in: span, db)), db)
        let day = Rollup.day.span(of: hour)
        guard let days = progress.through(.day), day < days, day >= progress.oldest(Rollup.minute.rawValue) else {
            return
        }
        let whole = day..<(day + Rollup.day.rowSpan)
        try Self.write(only(site, of: try self.days(from: Place(site: site, moment: day), in: whole, db)), db)
    }

    private func only(_ site: Int64, of piece: Piece) -> Piece {
        Piece(rows: piece.rows.filter { $0.site == site })
    }
}
