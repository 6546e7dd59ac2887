/// How far each level has been rolled up, and from when on it still is there; all in Unix milliseconds.
package struct RollupProgress: Sendable {
    /// The name of the raw results among the levels.
    package static let raw = "raw"

    private var through: [String: Int64] = [:]
    private var oldest: [String: Int64] = [:]

    package init() {}

    /// Adds a row of `rollupProgress`.
    package mutating func add(_ level: String, through: Int64?, oldest: Int64) {
        self.through[level] = through
        self.oldest[level] = oldest
    }

    /// Everything before this moment is in the level; nil before the first time.
    package func through(_ level: Rollup) -> Int64? { through[level.rawValue] }

    /// Everything before this moment has been deleted from the level.
    package func oldest(_ level: String) -> Int64 { oldest[level] ?? 0 }

    /// Whether an hour that had a result afterwards is rolled up again: it is over, and its raw results are all there.
    package func mayRedo(hour: Int64, finished: Int64) -> Bool { hour < finished && hour >= oldest(Self.raw) }

    /// Whether a day is made again after one of its hours was: it is over, and its minutes are all there.
    ///
    /// That it has been made does not have to be written down yet: another process may be in the midst of the days.
    package func mayRedo(day: Int64, finished: Int64) -> Bool {
        day < max(Rollup.day.span(of: finished), through(.day) ?? .min) && day >= oldest(Rollup.minute.rawValue)
    }

    /// The finest level that is still kept all over a span and answers it cheaply; nil for the raw results.
    package func level(from: Int64, to: Int64, intervalMs: Int64) -> Rollup? {
        func fits(_ level: String, _ unit: Int64) -> Bool {
            from >= oldest(level) && (to - from) / unit <= Self.maxEntries
        }
        if fits(Self.raw, max(intervalMs, 1)) { return nil }
        return [Rollup.minute, .hour].first { fits($0.rawValue, $0.unit) } ?? .day
    }

    /// Entries to read at most, which keeps a long span cheap: 48 h of raw results at 60 s are 2,880.
    private static let maxEntries: Int64 = 5_000
}
