internal import Monitoring
internal import Notifications

/// Durations as Gatus writes them: `60s`, `1h30m`, `0`; it has no days.
enum GatusDuration {
    /// The whole milliseconds; nil for what is no such duration.
    static func milliseconds(_ text: String) -> Int64? {
        text == "0" ? 0 : Duration(text: text)?.milliseconds
    }

    /// The whole milliseconds of a value; nil where there is none, or no such duration.
    static func milliseconds(_ json: JSON?) -> Int64? {
        json?.string.flatMap { milliseconds($0) } ?? (json?.int == 0 ? 0 : nil)
    }
}
