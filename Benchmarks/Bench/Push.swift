internal import ArgumentParser
internal import Logging
internal import Monitoring
internal import SQLiteBackend
internal import ServiceLifecycle
internal import UnixSignals

/// Pushes what is due into the queue in the SQLite file, and nothing works it off.
///
/// The program itself takes all roles where the queue is embedded.
struct Push: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pushes due sites into the embedded queue until it is ended by a signal."
    )

    @Option(help: "The path of the SQLite file.")
    var database: String

    func run() async throws {
        let file = try SQLiteDatabase(path: database)
        let time = SystemTime()
        let pusher = Pusher(
            stream: try SQLiteJobStream(
                database: file,
                region: Region.default,
                maxLength: BenchBroker.maxLength,
                time: time
            ),
            store: SQLiteScheduleStore(database: file),
            settings: Pusher.Settings(schedule: .burst, highWater: BenchBroker.maxLength),
            time: time,
            holder: "bench",
            logger: BenchBroker.logger
        )
        try await ServiceGroup(
            services: [pusher],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: BenchBroker.logger
        ).run()
    }
}
