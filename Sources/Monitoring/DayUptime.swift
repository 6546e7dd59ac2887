/// How much of one day (UTC) a site was watched, and how much of that it was down.
package struct DayUptime: Sendable, Equatable {
    /// The beginning of the day.
    package let day: Timestamp
    /// Zero where the site was not registered yet.
    package let watched: Duration
    package let downtime: Duration

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
    ///   - now: Until when today goes.
    /// - Returns: `count` days.
    package static func days(
        _ count: Int,
        since createdAt: Timestamp,
        outages: [Outage],
        now: Timestamp
    ) -> [DayUptime] {
        let today = now.startOfDay
        return (0..<count).reversed().map { age in
            let start = today - .milliseconds(Int64(age) * millisecondsPerDay)
            let from = max(start, createdAt)
            let to = max(min(start + .milliseconds(millisecondsPerDay), now), from)
            let downtime = outages.reduce(Duration.zero) { sum, outage in
                let begin = max(outage.startedAt, from)
                let end = min(outage.endedAt ?? now, to)
                return begin < end ? sum + (end - begin) : sum
            }
            return DayUptime(day: start, watched: to - from, downtime: downtime)
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
