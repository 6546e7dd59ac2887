internal import Monitoring
internal import StoredForms

/// Rolls finished hours and days up.
///
/// Doing it again, or being cut short anywhere, changes nothing. Each step is a transaction that holds the lock of the
/// maintenance and looks how far all have come; several processes can't mix up what each is doing.
struct RollupMaintenance {
    let database: PostgresDatabase
    let now: Timestamp

    /// Rows to read in one step; a row of a site is finished even so.
    private static let rowsPerStep = 20_000
    /// Hours that had a result afterwards, in one step.
    private static let dirtyPerStep: Int64 = 20

    /// What is to be rolled up.
    struct Span {
        let progress: RollupProgress
        /// From where on hours are to be rolled up.
        let start: Int64
        /// Up to where: never back from where another, whose clock is ahead, has come.
        let end: Int64
    }

    /// - Returns: False where another process is at it.
    func rollUp() async throws -> Bool {
        guard let begun = try await database.maintaining({ try await begin($0) }) else { return false }
        guard let span = begun else { return true }
        return try await rollUp(span)
    }

    /// - Returns: False where another process is at it.
    func rollUp(_ span: Span) async throws -> Bool {
        guard try await rollUp(.minute, from: span.start, to: span.end, since: span.progress),
            try await rollUpDirty(before: span.end),
            let progress = try await database.maintaining({ try await RollupProgress.read($0) })
        else { return false }
        // Another process may have rolled the hours up, and not as far as this one would have.
        guard let hours = progress.through(.minute) else { return true }
        let days = span.progress.through(.day) ?? Rollup.day.span(of: span.start)
        let end = Rollup.day.span(of: min(span.end, hours))
        return try await rollUp(.day, from: days, to: end, since: span.progress)
    }

    /// Nil while there are no sites.
    func begin(_ connection: PostgresConnection) async throws -> Span? {
        let progress = try await RollupProgress.read(connection)
        var start = progress.through(.minute)
        if start == nil {
            // The job of a new site may be of a slot that is a little older than the site.
            start = try await connection.query("SELECT created_at FROM site ORDER BY id LIMIT 1").first
                .map { Rollup.day.span(of: try $0.int("created_at")) - Rollup.day.rowSpan }
        }
        guard let start else { return nil }
        let end = max(Rollup.finished(at: now), start)
        try await RollupProgress.moveEdge(to: end, connection)
        return Span(progress: progress, start: start, end: end)
    }

    // MARK: Steps

    private enum Step {
        case goOn(RollupPiece.Place)
        case done
    }

    /// Rolls a level up, site after site, unless another process has done so since `progress` was read.
    ///
    /// - Returns: False where another process is at it.
    func rollUp(
        _ level: Rollup,
        from: Int64,
        to: Int64,
        since progress: RollupProgress
    ) async throws -> Bool {
        guard from < to else { return true }
        var place = RollupPiece.Place(site: 0, moment: from)
        while true {
            try Task.checkCancellation()
            let step = try await database.maintaining { connection -> Step in
                // Another process has done it meanwhile, and may have deleted since what it was made of.
                guard try await RollupProgress.read(connection).through(level) == progress.through(level) else {
                    return .done
                }
                let reader = RollupReader(connection: connection, limit: Self.rowsPerStep)
                let (rows, next) =
                    level == .minute
                    ? try await reader.minutes(from: place, in: from..<to)
                    : try await reader.days(from: place, in: from..<to)
                try await reader.write(rows)
                if let next { return .goOn(next) }
                try await RollupProgress.setThrough(to, of: level, connection)
                if level == .day { try await RollupProgress.setThrough(to, of: .hour, connection) }
                return .done
            }
            switch step {
            case nil: return false
            case .done?: return true
            case .goOn(let next)?: place = next
            }
        }
    }

    // MARK: Late results

    /// Rolls the hours again that had a result afterwards, while their raw results are all still there.
    ///
    /// - Returns: False where another process is at it.
    func rollUpDirty(before end: Int64) async throws -> Bool {
        while true {
            try Task.checkCancellation()
            let count = try await database.maintaining { connection in
                // Marks that are locked belong to results that are not there to be read yet.
                let dirty = try await connection.query(
                    """
                    DELETE FROM rollup_dirty WHERE (site_id, start) IN (
                        SELECT site_id, start FROM rollup_dirty WHERE start < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
                    ) RETURNING site_id, start
                    """,
                    [.int(end), .int(Self.dirtyPerStep)]
                )
                let progress = try await RollupProgress.read(connection)
                let reader = RollupReader(connection: connection, limit: Self.rowsPerStep)
                for row in dirty {
                    let (site, hour) = (try row.int("site_id"), try row.int("start"))
                    guard progress.mayRedo(hour: hour, finished: end) else { continue }
                    try await reader.write(try await reader.minutes(of: site, hour: hour))
                    let day = Rollup.day.span(of: hour)
                    guard progress.mayRedo(day: day, finished: end) else { continue }
                    try await reader.write(try await reader.days(of: site, day: day))
                }
                return Int64(dirty.count)
            }
            guard let count else { return false }
            if count < Self.dirtyPerStep { return true }
        }
    }
}
