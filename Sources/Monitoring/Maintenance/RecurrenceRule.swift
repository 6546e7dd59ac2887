/// How something repeats: the part of RFC 5545's RRULE that falls on days.
///
/// Days are those of a clock on a wall; the time of day is that of the first occurrence. What else the RFC has (shorter
/// frequencies, BYHOUR, BYWEEKNO, …) is refused when it is read.
package struct RecurrenceRule: Sendable, Equatable {
    /// What is counted from one period to the next.
    package enum Frequency: String, Sendable, CaseIterable {
        case daily = "DAILY"
        case weekly = "WEEKLY"
        case monthly = "MONTHLY"
        case yearly = "YEARLY"
    }

    /// A weekday; with an ordinal, only the first, second, last (−1), … of its month or year.
    package struct Day: Sendable, Equatable {
        package var weekday: Weekday
        package var ordinal: Int?
    }

    /// The last moment at which an occurrence may begin.
    package enum Limit: Sendable, Equatable {
        /// A moment, as the RFC asks for.
        case moment(Timestamp)
        /// What the clocks of the zone show then.
        case wall(WallTime)
        /// The whole of a day in the zone; days since 1970-01-01.
        case day(Int64)
    }

    package var frequency: Frequency
    /// Every so many periods.
    package var interval = 1
    /// How many occurrences there are.
    package var count: Int?
    package var until: Limit?
    package var days: [Day] = []
    /// Days of the month; negative ones count from its end.
    package var monthDays: [Int] = []
    package var months: [Int] = []
    /// Which of a period's days count; negative ones count from the last.
    package var positions: [Int] = []
    /// The first day of a week, which matters where several weeks are skipped.
    package var weekStart = Weekday.monday
}
