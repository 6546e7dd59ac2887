extension MaintenanceSchedule {
    /// When it is, as people say it: `Every month on the last Friday at 22:00 for 2h (Europe/Berlin)`.
    package var sentence: String {
        let begin = zone.wall(at: start)
        guard let rule else {
            let end = zone.wall(at: start + duration)
            let till = end.date == begin.date ? end.clock : "\(end.date) \(end.clock)"
            return "\(begin.date) \(begin.clock) to \(till) (\(zone))"
        }
        let parts = [rule.sentence(from: begin), "at \(begin.clock)", "for \(duration.text)", "(\(zone))"]
        return parts.joined(separator: " ") + rule.limitSentence(zone)
    }
}

extension RecurrenceRule {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// On which days; what the rule leaves open is taken from the first day.
    fileprivate func sentence(from begin: WallTime) -> String {
        let unit =
            switch frequency {
            case .daily: "day"
            case .weekly: "week"
            case .monthly: "month"
            case .yearly: "year"
            }
        var parts = [interval == 1 ? "Every \(unit)" : "Every \(interval) \(unit)s"]
        let date = CivilTime(Timestamp(milliseconds: begin.milliseconds))
        if !positions.isEmpty { parts.append("on \(Self.list(positions.map { "the \(Self.ordinal($0))" })) of those") }
        if !days.isEmpty {
            let names = days.map { day in
                (day.ordinal.map { "the \(Self.ordinal($0)) " } ?? "") + day.weekday.name
            }
            parts.append("on \(Self.list(names))")
        } else if frequency == .weekly {
            parts.append("on \(Weekday(day: begin.day).name)")
        }
        var dates = monthDays
        var months = months
        if days.isEmpty, dates.isEmpty, frequency == .monthly || frequency == .yearly {
            dates = [Int(date.day)]
            if frequency == .yearly, months.isEmpty { months = [Int(date.month)] }
        }
        if !dates.isEmpty {
            parts.append("on \(Self.list(dates.map { $0 > 0 ? "day \($0)" : "the \(Self.ordinal($0)) day" }))")
        }
        if !months.isEmpty { parts.append("in \(Self.list(months.map { Self.months[$0 - 1] }))") }
        return parts.joined(separator: " ")
    }

    fileprivate func limitSentence(_ zone: IANAZone) -> String {
        if let count { return count == 1 ? ", once" : ", \(count) times" }
        return switch until {
        case .moment(let limit)?: ", until \(zone.wall(at: limit).date)"
        case .wall(let limit)?: ", until \(limit.date)"
        case .day(let day)?: ", until \(WallTime(day: day, timeOfDay: 0).date)"
        case nil: ""
        }
    }

    private static func ordinal(_ number: Int) -> String {
        if number == -1 { return "last" }
        let names = ["first", "second", "third", "fourth", "fifth"]
        let size = abs(number)
        let name = size <= names.count ? names[size - 1] : "\(size)th"
        return number < 0 ? "\(name) to last" : name
    }

    private static func list(_ texts: [String]) -> String {
        guard let last = texts.last, texts.count > 1 else { return texts.first ?? "" }
        return texts.dropLast().joined(separator: ", ") + " and " + last
    }
}
