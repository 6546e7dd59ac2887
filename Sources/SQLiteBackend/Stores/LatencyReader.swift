internal import Foundation
internal import GRDB
internal import Monitoring

/// Answers for the latency over any span from the finest level that is still kept all over it.
///
/// What a level does not hold yet (the current hour or day) is filled in from the finer ones.
struct LatencyReader {
    let db: Database
    let site: SiteID
    let life: SiteLife

    /// Entries to read at most, which keeps a long span cheap: 48 h of raw results at 60 s are 2,880.
    private static let maxEntries: Int64 = 5_000

    func latency(from: Timestamp, to: Timestamp, buckets: Int) throws -> Latency {
        let progress = try RollupProgress(db)
        let end = max(from, to).milliseconds
        let level = level(from: from.milliseconds, to: end, progress)
        // The span snaps to whole units of the level.
        let unit = level?.unit ?? 1
        let start = from.milliseconds - from.milliseconds % unit
        var span = Span(start: start, end: (end + unit - 1) / unit * unit, buckets: max(buckets, 1))

        var rest = start
        switch level {
        case .day?, .hour?:
            guard let level else { break }
            rest = try read(level, from: rest, progress, into: &span)
            rest = try read(.minute, from: rest, progress, into: &span)
        case .minute?: rest = try read(.minute, from: rest, progress, into: &span)
        case nil: break
        }
        try readRaw(from: rest, into: &span)
        return span.latency
    }

    /// Nil for the raw results.
    private func level(from: Int64, to: Int64, _ progress: RollupProgress) -> Rollup? {
        func fits(_ level: String, _ unit: Int64) -> Bool {
            from >= progress.oldest(level) && (to - from) / unit <= Self.maxEntries
        }
        if fits(RollupProgress.raw, max(life.intervalMs, 1)) { return nil }
        return [Rollup.minute, .hour].first { fits($0.rawValue, $0.unit) } ?? .day
    }

    private func read(_ level: Rollup, from: Int64, _ progress: RollupProgress, into span: inout Span) throws -> Int64 {
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
            let start = row[0] as Int64
            for (place, entry) in try RollupRow(row[1]).entries {
                let moment = start + Int64(place) * level.unit
                if moment >= from, moment < end { span.add(entry.latency, at: moment) }
            }
        }
        return max(from, end)
    }

    private func readRaw(from: Int64, into span: inout Span) throws {
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

/// A span in equal parts, each with its histogram.
private struct Span {
    let start: Int64
    let end: Int64
    var parts: [LatencyHistogram]

    init(start: Int64, end: Int64, buckets: Int) {
        self.start = start
        self.end = end
        parts = Array(repeating: LatencyHistogram(), count: buckets)
    }

    mutating func add(_ histogram: LatencyHistogram, at moment: Int64) {
        parts[index(of: moment)].merge(histogram)
    }

    mutating func add(microseconds: Int64, at moment: Int64) {
        parts[index(of: moment)].add(microseconds: microseconds)
    }

    private func index(of moment: Int64) -> Int {
        guard end > start else { return 0 }
        return min(max(Int((moment - start) * Int64(parts.count) / (end - start)), 0), parts.count - 1)
    }

    var latency: Latency {
        var whole = LatencyHistogram()
        for part in parts { whole.merge(part) }
        let count = Int64(parts.count)
        return Latency(
            whole: bucket(whole, from: start, to: end),
            parts: parts.indices.map { index in
                bucket(
                    parts[index],
                    from: start + (end - start) * Int64(index) / count,
                    to: start + (end - start) * Int64(index + 1) / count
                )
            }
        )
    }

    private func bucket(_ histogram: LatencyHistogram, from: Int64, to: Int64) -> Latency.Bucket {
        let values = histogram.quantiles([0.5, 0.95, 0.99]).map { $0.map { Duration.microseconds($0) } }
        return Latency.Bucket(
            from: Timestamp(milliseconds: from),
            to: Timestamp(milliseconds: to),
            count: Int(histogram.count),
            p50: values[0],
            p95: values[1],
            p99: values[2]
        )
    }
}
