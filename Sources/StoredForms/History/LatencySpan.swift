package import Monitoring

/// A span in equal parts, each with its histogram.
package struct LatencySpan: Sendable {
    /// In Unix milliseconds.
    package let start: Int64
    package let end: Int64
    private var parts: [LatencyHistogram]

    /// Makes the span that covers another in whole units of a level; nil stands for the raw results.
    package init(from: Int64, to: Int64, level: Rollup?, buckets: Int) {
        let unit = level?.unit ?? 1
        start = from - from % unit
        end = (max(from, to) + unit - 1) / unit * unit
        parts = Array(repeating: LatencyHistogram(), count: max(buckets, 1))
    }

    /// Adds those entries of a level's row that lie in a range.
    package mutating func add(_ row: RollupRow, of level: Rollup, start: Int64, in range: Range<Int64>) {
        for (place, entry) in row.entries {
            let moment = start + Int64(place) * level.unit
            if range.contains(moment) { parts[index(of: moment)].merge(entry.latency) }
        }
    }

    /// Adds one check that was answered.
    package mutating func add(microseconds: Int64, at moment: Int64) {
        parts[index(of: moment)].add(microseconds: microseconds)
    }

    private func index(of moment: Int64) -> Int {
        guard end > start else { return 0 }
        return min(max(Int((moment - start) * Int64(parts.count) / (end - start)), 0), parts.count - 1)
    }

    /// The percentiles of the whole and of each part.
    package var latency: Latency {
        var whole = LatencyHistogram()
        for part in parts { whole.merge(part) }
        let count = Int64(parts.count)
        return Latency(
            whole: Self.bucket(whole, from: start, to: end),
            parts: parts.indices.map { index in
                Self.bucket(
                    parts[index],
                    from: start + (end - start) * Int64(index) / count,
                    to: start + (end - start) * Int64(index + 1) / count
                )
            }
        )
    }

    private static func bucket(_ histogram: LatencyHistogram, from: Int64, to: Int64) -> Latency.Bucket {
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
