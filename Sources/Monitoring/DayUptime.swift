/// How much of one day (UTC) a site was watched, and how much of that it was down.
package struct DayUptime: Sendable, Equatable {
    /// The beginning of the day.
    package let day: Timestamp
    /// Without what was maintenance; zero where the site was not registered yet.
    package let watched: Duration
    /// Without what of it was maintenance.
    package let downtime: Duration
    package let maintenance: Duration

    /// The share of the watched time without an open incident; nil where nothing was watched.
    package var ratio: Double? {
        let span = watched.milliseconds
        return span <= 0 ? nil : 1 - Double(downtime.milliseconds) / Double(span)
    }

    /// The last days of a site, the oldest first and today last.
    ///
    /// - Parameters:
    ///   - count: How many days.
    ///   - createdAt: When the site was registered.
    ///   - outages: Its incidents, of which no two overlap.
    ///   - maintenance: When it was in maintenance, in order and without overlap.
    ///   - now: Until when today goes.
    /// - Returns: `count` days.
    package static func days(
        _ count: Int,
        since createdAt: Timestamp,
        outages: [Outage],
        maintenance: [Range<Timestamp>] = [],
        now: Timestamp
    ) -> [DayUptime] {
        let today = now.startOfDay
        return (0..<count).reversed().map { age in
            let start = today - .milliseconds(Int64(age) * millisecondsPerDay)
            let from = max(start, createdAt)
            let to = max(min(start + .milliseconds(millisecondsPerDay), now), from)
            let downtime = outages.reduce(Int64(0)) { sum, outage in
                let begin = max(outage.startedAt, from)
                let end = min(outage.endedAt ?? now, to)
                guard begin < end else { return sum }
                return sum + (end - begin).milliseconds - maintenance.milliseconds(in: begin..<end)
            }
            let left = maintenance.milliseconds(in: from..<to)
            return DayUptime(
                day: start,
                watched: .milliseconds((to - from).milliseconds - left),
                downtime: .milliseconds(downtime),
                maintenance: .milliseconds(left)
            )
        }
    }

    private static let millisecondsPerDay: Int64 = 86_400_000
}

extension Timestamp {
    /// The beginning of the moment's day in UTC.
    package var startOfDay: Timestamp {
        Timestamp(milliseconds: milliseconds - milliseconds % 86_400_000)
    }
}
