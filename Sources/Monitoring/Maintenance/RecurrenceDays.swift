/// The days on which a rule falls, from the day that it begins on.
///
/// Pure, and bounded: the work grows with the days that are asked for (with COUNT, with those since the beginning), not
/// with how rarely the rule falls on one. A rule that never does (`BYMONTH=2;BYMONTHDAY=30`) just has none there.
struct RecurrenceDays {
    private let rule: RecurrenceRule
    /// The first day that there may be.
    private let first: Int64
    private let months: [Int]
    private let monthDays: [Int]
    private let days: [RecurrenceRule.Day]

    /// What the rule leaves open is taken from the first day.
    init(_ rule: RecurrenceRule, from first: Int64) {
        self.rule = rule
        self.first = first
        let date = Self.date(first)
        let isOpen = rule.days.isEmpty && rule.monthDays.isEmpty
        switch rule.frequency {
        case .daily:
            (months, monthDays, days) = (rule.months, rule.monthDays, rule.days)
        case .weekly:
            (months, monthDays) = (rule.months, rule.monthDays)
            days = isOpen ? [RecurrenceRule.Day(weekday: Weekday(day: first))] : rule.days
        case .monthly:
            (months, days) = (rule.months, rule.days)
            monthDays = isOpen ? [Int(date.day)] : rule.monthDays
        case .yearly:
            months = isOpen && rule.months.isEmpty ? [Int(date.month)] : rule.months
            monthDays = isOpen ? [Int(date.day)] : rule.monthDays
            days = rule.days
        }
    }

    /// The days within a range, in order.
    func days(in range: ClosedRange<Int64>) -> [Int64] {
        var found: [Int64] = []
        var left = rule.count ?? .max
        // Where occurrences are counted, they are counted from the beginning.
        var index = rule.count == nil ? max(0, index(before: range.lowerBound)) : 0
        while left > 0 {
            let period = period(index)
            guard period.lowerBound <= range.upperBound else { break }
            for day in chosen(period) where day >= first && left > 0 {
                left -= 1
                if range.contains(day) { found.append(day) }
            }
            index += 1
        }
        return found
    }

    // MARK: Periods

    /// The days of the period that is so many steps after the first.
    private func period(_ index: Int64) -> ClosedRange<Int64> {
        let steps = index * Int64(rule.interval)
        switch rule.frequency {
        case .daily:
            return (first + steps)...(first + steps)
        case .weekly:
            let start = weekStart + 7 * steps
            return start...(start + 6)
        case .monthly:
            let month = Self.monthNumber(first) + steps
            return Self.day(ofMonth: month)...(Self.day(ofMonth: month + 1) - 1)
        case .yearly:
            let month = (Self.date(first).year + steps) * 12
            return Self.day(ofMonth: month)...(Self.day(ofMonth: month + 12) - 1)
        }
    }

    /// A period that begins no later than the day, and not long before it.
    private func index(before day: Int64) -> Int64 {
        let steps =
            switch rule.frequency {
            case .daily: day - first
            case .weekly: (day - weekStart).floorDivided(by: 7)
            case .monthly: Self.monthNumber(day) - Self.monthNumber(first)
            case .yearly: Self.date(day).year - Self.date(first).year
            }
        return steps.floorDivided(by: Int64(rule.interval))
    }

    private var weekStart: Int64 {
        let offset = Weekday(day: first).rawValue - rule.weekStart.rawValue
        return first - Int64(offset < 0 ? offset + 7 : offset)
    }

    // MARK: Days of a period

    private func chosen(_ period: ClosedRange<Int64>) -> [Int64] {
        let matching = period.filter { matches($0, in: period) }
        guard !rule.positions.isEmpty else { return matching }
        return matching.indices.filter {
            rule.positions.contains($0 + 1) || rule.positions.contains($0 - matching.count)
        }.map { matching[$0] }
    }

    private func matches(_ day: Int64, in period: ClosedRange<Int64>) -> Bool {
        // The cheapest question first; a calendar date costs some divisions.
        let weekday = Weekday(day: day)
        guard days.isEmpty || days.contains(where: { $0.weekday == weekday }) else { return false }
        let hasOrdinals = days.contains { $0.ordinal != nil }
        if months.isEmpty && monthDays.isEmpty && !hasOrdinals { return true }
        let date = Self.date(day)
        guard months.isEmpty || months.contains(Int(date.month)) else { return false }
        let start = day - date.day + 1
        let end = Self.day(ofMonth: date.year * 12 + date.month) - 1
        guard monthDays.isEmpty || monthDays.contains(Int(date.day)) || monthDays.contains(Int(day - end) - 1) else {
            return false
        }
        guard hasOrdinals else { return true }
        // The ordinal is one of the year only where no month is named (RFC 5545, section 3.3.10).
        let whole = rule.frequency == .yearly && months.isEmpty ? period : start...end
        let fromStart = Int(day - whole.lowerBound) / 7 + 1
        let fromEnd = -(Int(whole.upperBound - day) / 7 + 1)
        return days.contains {
            $0.weekday == weekday && ($0.ordinal == nil || $0.ordinal == fromStart || $0.ordinal == fromEnd)
        }
    }

    // MARK: Calendar

    private static func date(_ day: Int64) -> CivilTime {
        CivilTime(Timestamp(milliseconds: day * WallTime.dayLength))
    }

    /// Months since the year 0.
    private static func monthNumber(_ day: Int64) -> Int64 {
        let date = date(day)
        return date.year * 12 + date.month - 1
    }

    /// The first day of a month.
    private static func day(ofMonth number: Int64) -> Int64 {
        var date = CivilTime(Timestamp(milliseconds: 0))
        date.year = number.floorDivided(by: 12)
        date.month = number - date.year * 12 + 1
        return date.timestamp.milliseconds.floorDivided(by: WallTime.dayLength)
    }
}
