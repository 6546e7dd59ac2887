internal import ArgumentParser
internal import GRDB
internal import Monitoring
internal import Notifications
internal import SQLiteBackend
internal import StoredForms

/// Fills a file with what a year of checks each minute leaves behind at the default retention, and asks for figures of it.
struct Year: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Fills and queries a year of history in a SQLite file.")

    @Option(help: "The path of the SQLite file.")
    var database: String

    @Option(help: "How many sites.")
    var sites = 1_000

    @Flag(help: "The durations of a site's checks vary over a factor of ten.")
    var noisy = false

    @Option(help: "Sites asked for each figure of each range.")
    var queries = 50

    func run() async throws {
        let file = try SQLiteDatabase(path: database)
        let time = SystemTime()
        let filling = Stopwatch()
        let history = HistoryFiller(database: file, now: time.now(), sites: sites, isNoisy: noisy)
        try await history.fill()
        let seconds = filling.seconds
        let store = SQLiteMonitoringStore(database: file, time: time)
        // The hour that is not rolled up yet, and what is too old, are dealt with as in the program.
        _ = try await store.maintain(Retention())
        try await file.pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        var figures: [JSON.Member] = []
        for (name, range) in Self.ranges {
            figures.append(.init(name, try await ask(store, for: range, until: time.now())))
        }
        JSON.object([
            .init("sites", JSON(sites)), .init("fillSeconds", JSON(seconds)), .init("ranges", .object(figures)),
        ]).printLine()
    }

    private static let ranges: [(String, Duration)] = [
        ("1h", .seconds(3_600)), ("24h", .seconds(86_400)), ("48h", .seconds(2 * 86_400)),
        ("7d", .seconds(7 * 86_400)), ("30d", .seconds(30 * 86_400)), ("90d", .seconds(90 * 86_400)),
        ("1y", .seconds(365 * 86_400)),
    ]

    private func ask(_ store: SQLiteMonitoringStore, for range: Duration, until now: Timestamp) async throws -> JSON {
        let uptimes = LatencyRecorder()
        let latencies = LatencyRecorder()
        var generator = SmallGenerator(seed: 7)
        for _ in 0..<queries {
            let site = SiteID(rawValue: Int64(generator.next() % UInt64(sites)) + 1)
            let first = ContinuousClock.now
            _ = try await store.uptime(site, from: now - range, to: now)
            let second = ContinuousClock.now
            let latency = try await store.latency(site, from: now - range, to: now, buckets: 24)
            guard latency.whole.p99 != nil else { throw ValidationError("Site \(site) has no history.") }
            uptimes.record(microseconds: (second - first).microseconds)
            latencies.record(microseconds: (ContinuousClock.now - second).microseconds)
        }
        return .object([.init("uptime", uptimes.report), .init("latency", latencies.report)])
    }
}
