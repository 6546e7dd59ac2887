extension RecurrenceRule {
    /// Why a text is no rule; a sentence that names the part.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    private static let parts = "FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS and WKST"
    private static let unsupported: Set<String> = ["BYSECOND", "BYMINUTE", "BYHOUR", "BYYEARDAY", "BYWEEKNO"]

    /// Reads a rule such as `FREQ=MONTHLY;BYDAY=-1FR`.
    package init(_ text: String) throws(Problem) {
        guard text.utf8.count <= 500 else { throw Problem(description: "Is longer than any rule needs to be.") }
        var rest = Substring(text.uppercased())
        if rest.hasPrefix("RRULE:") { rest = rest.dropFirst(6) }
        var values: [String: Substring] = [:]
        for part in rest.split(separator: ";", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[1].isEmpty else {
                throw Problem(description: "\"\(part)\" is no part of a rule; write \"FREQ=WEEKLY;BYDAY=TU\".")
            }
            guard values.updateValue(pair[1], forKey: String(pair[0])) == nil else {
                throw Problem(description: "\(pair[0]) is there twice.")
            }
        }
        guard let frequency = values.removeValue(forKey: "FREQ") else {
            throw Problem(description: "FREQ is needed: \(Self.frequencies).")
        }
        guard let known = Frequency(rawValue: String(frequency)) else {
            throw Problem(description: "FREQ=\(frequency) is not supported; there is \(Self.frequencies).")
        }
        self.init(frequency: known)
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { try read(name, value) }
        try checkTogether()
    }

    private static var frequencies: String { "DAILY, WEEKLY, MONTHLY or YEARLY" }

    private mutating func read(_ name: String, _ value: Substring) throws(Problem) {
        switch name {
        case "INTERVAL": interval = try Self.number(value, in: 1...999, name)
        case "COUNT": count = try Self.number(value, in: 1...1_000, name)
        case "UNTIL":
            guard let limit = Limit(value) else {
                throw Problem(description: "UNTIL should be such as 20271231T235959Z, or the day 20271231.")
            }
            until = limit
        case "BYDAY":
            days = try Self.list(value, name) { text throws(Problem) in
                let ordinal = text.dropLast(2)
                guard let weekday = Weekday(code: text.suffix(2)) else {
                    throw Problem(description: "BYDAY should be of MO, TU, WE, TH, FR, SA, SU, not \"\(text)\".")
                }
                if ordinal.isEmpty { return Day(weekday: weekday) }
                return Day(weekday: weekday, ordinal: try Self.signed(ordinal, upTo: 53, name))
            }
        case "BYMONTHDAY":
            monthDays = try Self.list(value, name) { text throws(Problem) in try Self.signed(text, upTo: 31, name) }
        case "BYMONTH":
            months = try Self.list(value, name) { text throws(Problem) in try Self.number(text, in: 1...12, name) }
        case "BYSETPOS":
            positions = try Self.list(value, name) { text throws(Problem) in try Self.signed(text, upTo: 366, name) }
        case "WKST":
            guard let day = Weekday(code: value) else {
                throw Problem(description: "WKST should be one of MO, TU, WE, TH, FR, SA, SU.")
            }
            weekStart = day
        case _ where Self.unsupported.contains(name):
            throw Problem(
                description: "\(name) is not supported; there is \(Self.parts). The time of day is that of the start."
            )
        default: throw Problem(description: "\(name) is no part of a rule; there is \(Self.parts).")
        }
    }

    private func checkTogether() throws(Problem) {
        if count != nil, until != nil { throw Problem(description: "COUNT and UNTIL exclude each other.") }
        let hasOrdinals = days.contains { $0.ordinal != nil }
        if hasOrdinals, frequency == .daily || frequency == .weekly {
            throw Problem(description: "BYDAY takes ordinals such as -1FR with FREQ=MONTHLY or YEARLY only.")
        }
        if frequency == .monthly || !months.isEmpty, days.contains(where: { abs($0.ordinal ?? 1) > 5 }) {
            throw Problem(description: "BYDAY has an ordinal beyond 5, and no month has so many of a weekday.")
        }
        if frequency == .weekly, !monthDays.isEmpty {
            throw Problem(description: "BYMONTHDAY has no meaning with FREQ=WEEKLY; use MONTHLY, or BYDAY.")
        }
        if !positions.isEmpty, days.isEmpty, monthDays.isEmpty, months.isEmpty {
            throw Problem(description: "BYSETPOS chooses among the days of BYDAY, BYMONTHDAY or BYMONTH; name some.")
        }
    }

    /// The rule in its shortest form, which is read back as the same.
    package var text: String {
        func joined(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ",") }
        var parts = ["FREQ=\(frequency.rawValue)"]
        if interval != 1 { parts.append("INTERVAL=\(interval)") }
        if let count { parts.append("COUNT=\(count)") }
        if let until { parts.append("UNTIL=\(until.text)") }
        if !months.isEmpty { parts.append("BYMONTH=\(joined(months))") }
        if !monthDays.isEmpty { parts.append("BYMONTHDAY=\(joined(monthDays))") }
        if !days.isEmpty {
            let days = days.map { ($0.ordinal.map(String.init) ?? "") + $0.weekday.code }
            parts.append("BYDAY=\(days.joined(separator: ","))")
        }
        if !positions.isEmpty { parts.append("BYSETPOS=\(joined(positions))") }
        if weekStart != .monday { parts.append("WKST=\(weekStart.code)") }
        return parts.joined(separator: ";")
    }

    // MARK: Values

    private static func list<Value>(
        _ text: Substring,
        _ name: String,
        _ read: (Substring) throws(Problem) -> Value
    ) throws(Problem) -> [Value] {
        let texts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard texts.count <= 62 else { throw Problem(description: "\(name) lists more than 62 values.") }
        var values: [Value] = []
        for text in texts { values.append(try read(text)) }
        return values
    }

    private static func number(_ text: Substring, in range: ClosedRange<Int>, _ name: String) throws(Problem) -> Int {
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int(text), range.contains(value) else {
            throw Problem(
                description: "\(name) should be from \(range.lowerBound) to \(range.upperBound), not \"\(text)\"."
            )
        }
        return value
    }

    private static func signed(_ text: Substring, upTo limit: Int, _ name: String) throws(Problem) -> Int {
        guard let value = Int(text), value != 0, abs(value) <= limit else {
            throw Problem(description: "\(name) should have 1 to \(limit), or -1 to -\(limit), not \"\(text)\".")
        }
        return value
    }
}

extension RecurrenceRule.Limit {
    /// Reads `20271231`, `20271231T235959` or `20271231T235959Z`.
    init?(_ text: Substring) {
        let isMoment = text.hasSuffix("Z")
        let bytes = Array((isMoment ? text.dropLast() : text).utf8)
        guard bytes.count == 8 && !isMoment || bytes.count == 15 && bytes[8] == UInt8(ascii: "T") else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let date = "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))"
        let clock = bytes.count == 8 ? "00:00:00" : "\(part(9..<11)):\(part(11..<13)):\(part(13..<15))"
        guard let wall = WallTime("\(date)T\(clock)") else { return nil }
        self =
            if isMoment {
                .moment(Timestamp(milliseconds: wall.milliseconds))
            } else if bytes.count == 8 {
                .day(wall.day)
            } else {
                .wall(wall)
            }
    }

    /// As the RFC writes it.
    var text: String {
        switch self {
        case .moment(let moment): Self.digits(WallTime(milliseconds: moment.milliseconds)) + "Z"
        case .wall(let wall): Self.digits(wall)
        case .day(let day): String(Self.digits(WallTime(day: day, timeOfDay: 0)).prefix(8))
        }
    }

    private static func digits(_ wall: WallTime) -> String {
        wall.text.filter { $0 != "-" && $0 != ":" }
    }
}
