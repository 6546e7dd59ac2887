internal import ArgumentParser
internal import Monitoring
internal import Notifications
internal import SQLiteBackend
internal import StoredForms

/// Registers many sites, through the store.
struct FillSites: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sites", abstract: "Registers sites in a SQLite file.")

    @Option(help: "The path of the SQLite file.")
    var database: String

    @Option(help: "How many.")
    var count: Int

    @Option(help: "Their URL, in which {n} becomes the number of the site, from 1.")
    var url = "https://{n}.example.com/health"

    @Option(help: "How often each is checked, in seconds.")
    var interval = 60

    @Option(help: "Failed attempts that make a site down.")
    var failures = 2

    func run() async throws {
        let watch = Stopwatch()
        let store = SQLiteSiteStore(
            database: try SQLiteDatabase(path: database),
            time: SystemTime(),
            secrets: SecretBox(key: nil)
        )
        try await store.add(count) { number in
            SiteSettings(
                name: "site \(number)",
                url: url.replacing("{n}", with: "\(number)"),
                interval: .seconds(interval),
                confirm: Confirmation(failures: failures)
            )
        }
        JSON.object([.init("count", JSON(count)), .init("seconds", JSON(watch.seconds))]).printLine()
    }
}

extension SQLiteSiteStore {
    /// Adds sites by their numbers, from 1.
    func add(_ count: Int, _ settings: (_ number: Int) -> SiteSettings) async throws {
        for start in stride(from: 1, through: count, by: 5_000) {
            _ = try await add((start...min(start + 4_999, count)).map(settings), by: .local)
        }
    }
}
