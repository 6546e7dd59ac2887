package import Monitoring

/// A span in equal parts, each with the sums of its checks' phases as a database has added them up.
package struct PhaseSpan: Sendable {
    /// In Unix milliseconds, the end not included.
    package let start: Int64
    package let end: Int64
    private var parts: [PhaseTimes.Part]

    /// Makes the span from the first moment of which raw results are kept on.
    package init(from: Timestamp, to: Timestamp, progress: RollupProgress, buckets: Int) {
        start = max(from.milliseconds, progress.oldest(RollupProgress.raw))
        end = max(to.milliseconds, start + 1)
        parts = Array(repeating: PhaseTimes.Part(count: 0, phases: Phases()), count: max(buckets, 1))
    }

    /// How many parts it has.
    package var count: Int64 { Int64(parts.count) }

    /// Puts in a part, by its place, what the database has made of it: the number of checks and the sums in microseconds.
    package mutating func set(
        _ place: Int64,
        count: Int64,
        dns: Int64,
        connect: Int64,
        tls: Int64,
        firstByte: Int64,
        transfer: Int64
    ) {
        guard count > 0, parts.indices.contains(Int(place)) else { return }
        parts[Int(place)] = PhaseTimes.Part(
            count: Int(count),
            phases: Phases(
                dns: .microseconds(dns / count),
                connect: .microseconds(connect / count),
                tls: .microseconds(tls / count),
                firstByte: .microseconds(firstByte / count),
                transfer: .microseconds(transfer / count)
            )
        )
    }

    /// The means of each part.
    package var times: PhaseTimes {
        PhaseTimes(from: Timestamp(milliseconds: start), to: Timestamp(milliseconds: end), parts: parts)
    }
}
