/// When maintenance is: once, or again and again at the same time of a zone's clocks.
package struct MaintenanceSchedule: Sendable, Equatable {
    /// How far ahead occurrences are looked for; a rule of leap days falls on one within eight years.
    static let horizon = Duration.seconds(10 * 366 * 86_400)

    /// When the first occurrence begins; of a rule, the earliest moment at which one may.
    package var start: Timestamp
    /// How long each occurrence is, by a stopwatch: one over a change of the clocks is as long as any other.
    package var duration: Duration
    package var zone: IANAZone
    /// Nil for once.
    package var rule: RecurrenceRule?

    package init(start: Timestamp, duration: Duration, zone: IANAZone, rule: RecurrenceRule? = nil) {
        self.start = start
        self.duration = duration
        self.zone = zone
        self.rule = rule
    }

    /// The occurrences that share time with a span, in order; they may overlap each other.
    package func occurrences(in span: Range<Timestamp>) -> [Range<Timestamp>] {
        guard let rule else {
            let only = start..<(start + duration)
            return only.overlaps(span) ? [only] : []
        }
        let anchor = zone.wall(at: start)
        // A day more on either side than clocks can be apart.
        let from = zone.wall(at: span.lowerBound - duration).day - 1
        let through = min(zone.wall(at: span.upperBound).day + 1, lastDay ?? .max)
        guard max(from, anchor.day) <= through else { return [] }
        return RecurrenceDays(rule, from: anchor.day).days(in: max(from, anchor.day)...through).compactMap { day in
            let wall = WallTime(day: day, timeOfDay: anchor.timeOfDay)
            let begin = zone.moment(of: wall)
            guard isWithinLimit(begin, wall) else { return nil }
            let occurrence = begin..<(begin + duration)
            return occurrence.overlaps(span) ? occurrence : nil
        }
    }

    /// The next occurrences that end after a moment, no farther ahead than ten years.
    package func next(_ count: Int, after moment: Timestamp) -> [Range<Timestamp>] {
        var found: [Range<Timestamp>] = []
        var from = moment
        // Most rules are answered by the first step, the rare ones by few.
        var step = Duration.seconds(40 * 86_400)
        if start > moment { step += min(start - moment, Self.horizon) }
        let end = max(moment, start) + Self.horizon
        while found.count < count, from < end {
            let until = min(from + step, end)
            found += occurrences(in: from..<until).filter { $0.lowerBound >= from || from == moment }
            from = until
            step = step * 3
        }
        return Array(found.prefix(count))
    }

    /// When the last occurrence has ended; nil where there is none to be seen.
    package var end: Timestamp? {
        guard let rule else { return start + duration }
        switch rule.until {
        case .moment(let limit)?: return limit + duration
        case .wall(let limit)?: return zone.moment(of: limit) + duration
        case .day(let day)?: return zone.moment(of: WallTime(day: day + 1, timeOfDay: 0)) + duration
        case nil: break
        }
        guard let count = rule.count else { return nil }
        let all = occurrences(in: start..<(start + Self.horizon))
        return all.count < count ? nil : all.last?.upperBound
    }

    /// The last day on which an occurrence may begin, give or take one.
    private var lastDay: Int64? {
        switch rule?.until {
        case .moment(let limit)?: zone.wall(at: limit).day + 1
        case .wall(let limit)?: limit.day
        case .day(let day)?: day
        case nil: nil
        }
    }

    private func isWithinLimit(_ begin: Timestamp, _ wall: WallTime) -> Bool {
        guard begin >= start || wall == zone.wall(at: start) else { return false }
        return switch rule?.until {
        case .moment(let limit)?: begin <= limit
        case .wall(let limit)?: wall <= limit
        case .day(let day)?: wall.day <= day
        case nil: true
        }
    }
}
