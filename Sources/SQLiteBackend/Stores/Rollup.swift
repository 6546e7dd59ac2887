internal import Foundation
internal import Monitoring

/// A level of rolled-up results, and how its entries lie in rows.
enum Rollup: String, CaseIterable {
    case minute
    case hour
    case day

    /// The span of one entry, in milliseconds.
    var unit: Int64 {
        switch self {
        case .minute: 60_000
        case .hour: 3_600_000
        case .day: 86_400_000
        }
    }

    /// The span of one row.
    var rowSpan: Int64 { self == .minute ? 3_600_000 : 86_400_000 }

    var table: String {
        switch self {
        case .minute: "rollupMinute"
        case .hour: "rollupHour"
        case .day: "rollupDay"
        }
    }

    /// The beginning of the row that a moment falls into.
    func span(of milliseconds: Int64) -> Int64 { milliseconds - milliseconds % rowSpan }

    /// How long after its end an hour is left alone for results that are still on their way.
    static let grace: Int64 = 300_000

    /// The end of the last hour that is rolled up by now.
    static func finished(at now: Timestamp) -> Int64 { minute.span(of: now.milliseconds - grace) }

    /// Whether the hour of a slot may have been rolled up before a result that is recorded now.
    static func mayBeRolledUp(_ slot: Timestamp, at now: Timestamp) -> Bool { slot.milliseconds < finished(at: now) }
}

/// What one unit of time (a minute, an hour, a day) of one site comes to.
struct RollupEntry: Equatable, Sendable {
    var up: UInt64 = 0
    var degraded: UInt64 = 0
    var down: UInt64 = 0
    /// The whole durations of the checks that were answered.
    var latency = LatencyHistogram()

    mutating func add(_ verdict: Verdict, answeredIn microseconds: Int64?) {
        switch verdict {
        case .up: up += 1
        case .degraded: degraded += 1
        case .down: down += 1
        }
        if let microseconds { latency.add(microseconds: microseconds) }
    }

    mutating func merge(_ other: Self) {
        up += other.up
        degraded += other.degraded
        down += other.down
        latency.merge(other.latency)
    }
}

/// The entries of one row, by their place in its span.
struct RollupRow: Equatable, Sendable {
    var entries: [UInt8: RollupEntry] = [:]

    init() {}

    var data: Data {
        var bytes: [UInt8] = []
        for (place, entry) in entries.sorted(by: { $0.key < $1.key }) {
            bytes.append(place)
            VariableLength.write(entry.up, to: &bytes)
            VariableLength.write(entry.degraded, to: &bytes)
            VariableLength.write(entry.down, to: &bytes)
            entry.latency.write(to: &bytes)
        }
        return Data(bytes)
    }

    init(_ data: Data) throws {
        var rest = ArraySlice([UInt8](data))
        while let place = rest.popFirst() {
            guard let up = VariableLength.read(&rest), let degraded = VariableLength.read(&rest),
                let down = VariableLength.read(&rest), let latency = LatencyHistogram(reading: &rest)
            else {
                throw StoreError(.unusable, "A rollup in the database is damaged; restore its last good copy.")
            }
            entries[place] = RollupEntry(up: up, degraded: degraded, down: down, latency: latency)
        }
    }
}
