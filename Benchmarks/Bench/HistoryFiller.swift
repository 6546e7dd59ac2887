internal import Foundation
internal import GRDB
internal import Monitoring
internal import SQLiteBackend
internal import StoredForms

/// Writes the rows that a year of checks leaves, without making each of the checks.
///
/// Rolled-up rows are drawn from a stock of hours and days that are made of single checks, as the program makes them.
struct HistoryFiller {
    let database: SQLiteDatabase
    let now: Timestamp
    let sites: Int
    /// Whether the durations of a site's checks vary widely, which takes more room.
    let isNoisy: Bool

    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000
    private static let incidentsAYear = 24

    func fill() async throws {
        let store = SQLiteSiteStore(database: database, time: SystemTime(), secrets: SecretBox(key: nil))
        try await store.add(sites) {
            SiteSettings(name: "site \($0)", url: "https://\($0).example.com/health", interval: .seconds(60))
        }
        let stock = HistoryStock(isNoisy: isNoisy)
        let (born, finished) = (today - 365 * Self.day, Rollup.finished(at: now))
        try await database.pool.write { db in
            try db.execute(sql: "UPDATE site SET createdAt = ?", arguments: [born])
            for (level, through, oldest) in [
                ("raw", nil, now.milliseconds - 48 * Self.hour), ("minute", finished, today - 30 * Self.day),
                ("hour", today, born), ("day", today, born),
            ] as [(String, Int64?, Int64)] {
                try db.execute(
                    sql: "INSERT OR REPLACE INTO rollupProgress (level, through, oldest) VALUES (?, ?, ?)",
                    arguments: [level, through, oldest]
                )
            }
        }
        for start in stride(from: 1, through: sites, by: 20) {
            try await database.pool.write { db in
                var generator = SmallGenerator(seed: UInt64(start))
                for site in start...min(start + 19, sites) {
                    try writeRolledUp(site, born, finished, stock, &generator, db)
                    try writeResults(site, &generator, db)
                    try writeIncidents(site, born, &generator, db)
                }
            }
        }
    }

    private var today: Int64 { Rollup.day.span(of: now.milliseconds) }

    private func writeRolledUp(
        _ site: Int,
        _ born: Int64,
        _ finished: Int64,
        _ stock: HistoryStock,
        _ generator: inout SmallGenerator,
        _ db: Database
    ) throws {
        let minutes = try db.cachedStatement(
            sql: "INSERT INTO rollupMinute (siteID, start, entries) VALUES (?, ?, ?)"
        )
        for start in stride(from: today - 30 * Self.day, to: finished, by: Int(Self.hour)) {
            try minutes.execute(arguments: [site, start, stock.hour(&generator)])
        }
        let hours = try db.cachedStatement(sql: "INSERT INTO rollupHour (siteID, start, entries) VALUES (?, ?, ?)")
        let days = try db.cachedStatement(sql: "INSERT INTO rollupDay (siteID, start, entries) VALUES (?, ?, ?)")
        for start in stride(from: born, to: today, by: Int(Self.day)) {
            let day = stock.day(&generator)
            try hours.execute(arguments: [site, start, day.hours])
            try days.execute(arguments: [site, start, day.whole])
        }
    }

    private func writeResults(_ site: Int, _ generator: inout SmallGenerator, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO result (siteID, slot, region, verdict, attempts, statusCode, dns, connect, tls, firstByte,
                transfer, total, certificateEndsAt, address) VALUES (?, ?, ?, 0, 1, 200, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        )
        let newest = now.milliseconds - now.milliseconds % Self.minute
        for slot in stride(from: newest - 48 * Self.hour + Self.minute, through: newest, by: Int(Self.minute)) {
            let total = generator.latency(isNoisy: isNoisy)
            try statement.execute(
                arguments: [
                    site, slot, Region.default, total / 20, total / 10, total / 5, total / 2, total / 20, total,
                    now.milliseconds + 60 * Self.day, "192.0.2.\(site % 250)",
                ]
            )
        }
    }

    private func writeIncidents(
        _ site: Int,
        _ born: Int64,
        _ generator: inout SmallGenerator,
        _ db: Database
    ) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO incident (siteID, siteName, startedAt, endedAt, failure, statusCode, regions)
                VALUES (?, ?, ?, ?, ?, 503, ?)
                """
        )
        let step = 365 * Self.day / Int64(Self.incidentsAYear)
        for number in 0..<Int64(Self.incidentsAYear) {
            let start = born + number * step + Int64(generator.next() % UInt64(step / 2))
            try statement.execute(
                arguments: [
                    site, "site \(site)", start, start + Int64(generator.next() % 1_800_000),
                    #"{"phase":"status","message":"answered 503"}"#, #"["\#(Region.default)"]"#,
                ]
            )
        }
    }
}

/// Hours and days to draw from.
struct HistoryStock: Sendable {
    struct Day: Sendable {
        let hours: Data
        let whole: Data
    }

    private let hours: [Data]
    private let days: [Day]

    init(isNoisy: Bool) {
        var generator = SmallGenerator(seed: 1)
        hours = (0..<256).map { _ in Self.hour(&generator, isNoisy).data }
        days = (0..<64).map { _ in
            var row = RollupRow()
            var whole = RollupRow()
            for hour in 0..<24 {
                var entry = RollupEntry()
                for minute in Self.hour(&generator, isNoisy).entries.values { entry.merge(minute) }
                row.entries[UInt8(hour)] = entry
                whole.entries[0, default: RollupEntry()].merge(entry)
            }
            return Day(hours: row.data, whole: whole.data)
        }
    }

    func hour(_ generator: inout SmallGenerator) -> Data { hours[Int(generator.next() % UInt64(hours.count))] }
    func day(_ generator: inout SmallGenerator) -> Day { days[Int(generator.next() % UInt64(days.count))] }

    private static func hour(_ generator: inout SmallGenerator, _ isNoisy: Bool) -> RollupRow {
        var row = RollupRow()
        for minute in 0..<UInt8(60) {
            row.entries[minute, default: RollupEntry()].add(.up, answeredIn: generator.latency(isNoisy: isNoisy))
        }
        return row
    }
}

/// The same numbers for the same seed (SplitMix64).
struct SmallGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// How long a check of a website takes, in microseconds: a log-normal 30 ms on top of the 90 ms of the way there, or
    /// 120 ms that vary over a factor of ten where the site is noisy.
    mutating func latency(isNoisy: Bool) -> Int64 {
        let first = Double.random(in: Double.leastNonzeroMagnitude...1, using: &self)
        let second = Double.random(in: 0...1, using: &self)
        let normal = (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
        return Int64(isNoisy ? 120_000 * exp(0.5 * normal) : 90_000 + 30_000 * exp(0.7 * normal))
    }
}
