internal import Foundation
internal import Monitoring
internal import StoredForms

/// Answers for the latency over any span from the finest level that is still kept all over it.
///
/// What a level does not hold yet (the current hour or day) is filled in from the finer ones.
struct LatencyReader {
    let connection: PostgresConnection
    let site: SiteID
    let life: SiteLife

    func latency(from: Timestamp, to: Timestamp, buckets: Int) async throws -> Latency {
        let progress = try await RollupProgress.read(connection)
        let (from, to) = (from.milliseconds, max(from, to).milliseconds)
        let level = progress.level(from: from, to: to, intervalMs: life.intervalMs)
        var span = LatencySpan(from: from, to: to, level: level, buckets: buckets)
        var rest = span.start
        if let level, level != .minute { rest = try await read(level, from: rest, progress, into: &span) }
        if level != nil { rest = try await read(.minute, from: rest, progress, into: &span) }
        try await readRaw(from: rest, into: &span)
        return span.latency
    }

    private func read(
        _ level: Rollup,
        from: Int64,
        _ progress: RollupProgress,
        into span: inout LatencySpan
    ) async throws -> Int64 {
        guard let through = progress.through(level), through > from else { return from }
        let end = min(through, span.end)
        guard end > from else { return from }
        let rows = try await connection.query(
            "SELECT start, entries FROM \(level.table) WHERE site_id = $1 AND start >= $2 AND start < $3",
            [.int(site.rawValue), .int(level.span(of: from)), .int(end)]
        )
        for row in rows {
            let entries = try RollupRow(Data(try row.bytes("entries")))
            span.add(entries, of: level, start: try row.int("start"), in: from..<end)
        }
        return end
    }

    private func readRaw(from: Int64, into span: inout LatencySpan) async throws {
        let rows = try await connection.query(
            """
            SELECT slot, total FROM result WHERE site_id = $1 AND slot >= $2 AND slot < $3 AND total IS NOT NULL
            AND (verdict < 2 OR status_code IS NOT NULL)
            """,
            [.int(site.rawValue), .int(from), .int(span.end)]
        )
        for row in rows { span.add(microseconds: try row.int("total"), at: try row.int("slot")) }
    }
}

/// What reads of a site's history need to know of it.
struct SiteLife {
    let createdAt: Timestamp
    let intervalMs: Int64
    private let settings: String?

    /// The tags, which few readers ask for.
    func tags() throws -> [String] {
        var fields = SiteFields()
        fields.settings = settings
        return try fields.site(nil).settings.tags
    }

    static func read(_ site: SiteID, _ connection: PostgresConnection) async throws -> Self {
        let row = try await connection.query(
            "SELECT created_at, interval_ms, settings FROM site WHERE id = $1 AND removed_at IS NULL",
            [.int(site.rawValue)]
        ).first
        guard let row else { throw StoreError(.notFound, "There is no site \(site).") }
        return Self(
            createdAt: Timestamp(milliseconds: try row.int("created_at")),
            intervalMs: try row.int("interval_ms"),
            settings: try row.optionalText("settings")
        )
    }
}
