internal import GRDB
internal import Monitoring
internal import StoredForms

/// Answers for the latency over any span from the finest level that is still kept all over it.
///
/// What a level does not hold yet (the current hour or day) is filled in from the finer ones.
struct LatencyReader {
    let db: Database
    let site: SiteID
    let life: SiteLife

    func latency(from: Timestamp, to: Timestamp, buckets: Int) throws -> Latency {
        let progress = try RollupProgress(db)
        let (from, to) = (from.milliseconds, max(from, to).milliseconds)
        let level = progress.level(from: from, to: to, intervalMs: life.intervalMs)
        var span = LatencySpan(from: from, to: to, level: level, buckets: buckets)
        var rest = span.start
        if let level, level != .minute { rest = try read(level, from: rest, progress, into: &span) }
        if level != nil { rest = try read(.minute, from: rest, progress, into: &span) }
        try readRaw(from: rest, into: &span)
        return span.latency
    }

    private func read(
        _ level: Rollup,
        from: Int64,
        _ progress: RollupProgress,
        into span: inout LatencySpan
    ) throws -> Int64 {
        guard let through = progress.through(level), through > from else { return from }
        let end = min(through, span.end)
        let cursor = try Row.fetchCursor(
            try db.cachedStatement(
                sql:
                    "SELECT start, entries FROM \(level.table) WHERE siteID = ? AND start >= ? AND start < ? ORDER BY start"
            ),
            arguments: [site.rawValue, level.span(of: from), end]
        )
        while let row = try cursor.next() {
            span.add(try RollupRow(row[1]), of: level, start: row[0], in: from..<end)
        }
        return max(from, end)
    }

    private func readRaw(from: Int64, into span: inout LatencySpan) throws {
        let cursor = try Row.fetchCursor(
            try db.cachedStatement(
                sql: """
                    SELECT slot, total FROM result WHERE siteID = ? AND slot >= ? AND slot < ? AND total IS NOT NULL
                    AND (verdict < 2 OR statusCode IS NOT NULL)
                    """
            ),
            arguments: [site.rawValue, from, span.end]
        )
        while let row = try cursor.next() { span.add(microseconds: row[1], at: row[0]) }
    }
}
