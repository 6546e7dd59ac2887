internal import Monitoring
internal import Web

/// The time of a message: RFC 3339 in UTC, to the millisecond.
struct LogTime {
    let text: String

    /// The time of day to the second, for lines that people follow.
    var clock: Substring { text.dropFirst(11).prefix(8) }

    init(_ timestamp: Timestamp) {
        text = timestamp.rfc3339
    }
}
