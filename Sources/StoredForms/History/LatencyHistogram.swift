internal import Foundation

/// Durations in buckets of equal relative width, so that histograms of any spans merge by adding.
///
/// Bucket `i` holds the durations in (γ^(i−1), γ^i] µs with γ = 1.105 and answers with a value that is within 5 % of each
/// (Masson, Rim, Lee: DDSketch, VLDB 2019). 256 buckets reach from 1 µs to over a day, so an index is one byte.
package struct LatencyHistogram: Equatable, Sendable {
    /// Accuracy 5 %: γ = (1 + 0.05) / (1 − 0.05).
    private static let gamma = 1.05 / 0.95
    private static let logGamma = log(gamma)

    /// How many durations each bucket holds.
    package private(set) var counts: [UInt8: UInt64] = [:]

    /// How many durations it holds.
    package var count: UInt64 { counts.values.reduce(0, +) }

    /// Adds one duration.
    package mutating func add(microseconds: Int64) {
        counts[Self.bucket(of: microseconds), default: 0] += 1
    }

    /// Adds all that another holds.
    package mutating func merge(_ other: Self) {
        counts.merge(other.counts) { $0 + $1 }
    }

    /// The value that this share of the durations does not exceed, in microseconds; nil where there are none.
    package func quantiles(_ shares: [Double]) -> [Int64?] {
        let total = count
        guard total > 0 else { return shares.map { _ in nil } }
        let sorted = counts.sorted { $0.key < $1.key }
        return shares.map { share in
            let rank = max(UInt64((share * Double(total)).rounded(.up)), 1)
            var seen: UInt64 = 0
            for (bucket, count) in sorted {
                seen += count
                if seen >= rank { return Self.value(of: bucket) }
            }
            return sorted.last.map { Self.value(of: $0.key) }
        }
    }

    private static func bucket(of microseconds: Int64) -> UInt8 {
        guard microseconds > 1 else { return 0 }
        return UInt8(min((log(Double(microseconds)) / logGamma).rounded(.up), 255))
    }

    /// The middle, by relative error, of what is in the bucket.
    private static func value(of bucket: UInt8) -> Int64 {
        guard bucket > 0 else { return 1 }
        return Int64((2 * exp(Double(bucket) * logGamma) / (gamma + 1)).rounded())
    }

    // MARK: Bytes

    /// The number of buckets, then each bucket's index and count.
    package func write(to bytes: inout [UInt8]) {
        VariableLength.write(UInt64(counts.count), to: &bytes)
        for (bucket, count) in counts.sorted(by: { $0.key < $1.key }) {
            bytes.append(bucket)
            VariableLength.write(count, to: &bytes)
        }
    }

    /// Reads what ``write(to:)`` wrote; nil where the bytes end too soon.
    package init?(reading bytes: inout ArraySlice<UInt8>) {
        guard let buckets = VariableLength.read(&bytes), buckets <= 256 else { return nil }
        for _ in 0..<buckets {
            guard let bucket = bytes.popFirst(), let count = VariableLength.read(&bytes) else { return nil }
            counts[bucket] = count
        }
    }

    package init() {}
}
