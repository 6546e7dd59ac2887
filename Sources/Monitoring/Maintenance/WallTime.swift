/// What a clock on the wall shows, without a zone: the date and the time of day.
package struct WallTime: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00 on that clock.
    let milliseconds: Int64

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init(day: Int64, timeOfDay: Int64) { milliseconds = day * Self.dayLength + timeOfDay }

    /// Reads `2026-03-01T02:00`, with seconds if there are any; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let text = text.utf8.count == 16 ? "\(text):00" : String(text)
        // The form without an offset is the form with that of UTC but for its last letter.
        guard text.utf8.count == 19, text.utf8.dropFirst(10).first == UInt8(ascii: "T"),
            let moment = Timestamp(rfc3339: text + "Z")
        else { return nil }
        milliseconds = moment.milliseconds
    }

    static let dayLength: Int64 = 86_400_000

    /// Days since 1970-01-01.
    var day: Int64 { milliseconds.floorDivided(by: Self.dayLength) }

    /// Milliseconds since midnight on the clock.
    var timeOfDay: Int64 { milliseconds - day * Self.dayLength }

    /// Such as `2026-03-01T02:00:00`.
    package var text: String { "\(date)T\(Timestamp(milliseconds: milliseconds).timeOfDay)" }

    /// Such as `2026-03-01`.
    package var date: String { Timestamp(milliseconds: milliseconds).day }

    /// The time of day such as `02:00`, with seconds where there are any.
    package var clock: String {
        let text = Timestamp(milliseconds: milliseconds).timeOfDay
        return text.hasSuffix(":00") ? String(text.dropLast(3)) : text
    }

    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }
}
