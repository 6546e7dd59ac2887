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
    ///
    /// Looks a minute ahead, since the transaction may have to wait for its turn.
    static func mayBeRolledUp(_ slot: Timestamp, at now: Timestamp) -> Bool {
        slot.milliseconds < finished(at: now + .seconds(60))
    }
}
