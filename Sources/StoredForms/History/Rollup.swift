package import Monitoring

/// A level of rolled-up results, and how its entries lie in rows; all spans and moments in Unix milliseconds.
package enum Rollup: String, CaseIterable, Sendable {
    case minute
    case hour
    case day

    /// The span of one entry, in milliseconds.
    package var unit: Int64 {
        switch self {
        case .minute: 60_000
        case .hour: 3_600_000
        case .day: 86_400_000
        }
    }

    /// The span of one row.
    package var rowSpan: Int64 { self == .minute ? 3_600_000 : 86_400_000 }

    /// The beginning of the row that a moment falls into.
    package func span(of milliseconds: Int64) -> Int64 { milliseconds - milliseconds % rowSpan }

    /// How long after its end an hour is left alone for results that are still on their way.
    package static let grace: Int64 = 300_000

    /// The end of the last hour that is rolled up by now.
    package static func finished(at now: Timestamp) -> Int64 { minute.span(of: now.milliseconds - grace) }

    /// Whether the hour of a slot may have been rolled up before a result that is recorded now.
    ///
    /// Looks a minute ahead, since the transaction may have to wait for its turn.
    package static func mayBeRolledUp(_ slot: Timestamp, at now: Timestamp) -> Bool {
        slot.milliseconds < finished(at: now + .seconds(60))
    }
}
