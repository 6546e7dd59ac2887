package import Foundation
package import Monitoring

/// What one unit of time (a minute, an hour, a day) of one site comes to.
package struct RollupEntry: Equatable, Sendable {
    package var up: UInt64 = 0
    package var degraded: UInt64 = 0
    package var down: UInt64 = 0
    /// The whole durations of the checks that were answered.
    package var latency = LatencyHistogram()

    package init() {}

    /// Counts one check; the duration of one that was answered.
    package mutating func add(_ verdict: Verdict, answeredIn microseconds: Int64?) {
        switch verdict {
        case .up: up += 1
        case .degraded: degraded += 1
        case .down: down += 1
        }
        if let microseconds { latency.add(microseconds: microseconds) }
    }

    /// Adds all that another comes to.
    package mutating func merge(_ other: Self) {
        up += other.up
        degraded += other.degraded
        down += other.down
        latency.merge(other.latency)
    }
}

/// The entries of one row, by their place in its span.
package struct RollupRow: Equatable, Sendable {
    package var entries: [UInt8: RollupEntry] = [:]

    package init() {}

    /// The bytes of the column.
    package var data: Data {
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

    /// Reads the bytes of a column.
    package init(_ data: Data) throws {
        var rest = ArraySlice([UInt8](data))
        while let place = rest.popFirst() {
            guard let up = VariableLength.read(&rest), let degraded = VariableLength.read(&rest),
                let down = VariableLength.read(&rest), let latency = LatencyHistogram(reading: &rest)
            else {
                throw StoreError(.unusable, "A rollup in the database is damaged; restore its last good copy.")
            }
            var entry = RollupEntry()
            (entry.up, entry.degraded, entry.down, entry.latency) = (up, degraded, down, latency)
            entries[place] = entry
        }
    }
}
