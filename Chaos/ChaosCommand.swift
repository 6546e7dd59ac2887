internal import ArgumentParser
internal import Foundation
internal import ServiceLifecycle
internal import UnixSignals

/// The program.
@main
struct ChaosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Kills, stops, cuts off and starves a whole Tocsin while it works, and proves that nothing was lost.",
        discussion: "Exits 1 where something was, with the command that repeats it and the folder of all logs.",
        subcommands: [ReplayCommand.self]
    )

    @Option(help: "What the faults, the load and the answers of receivers depend on (default: another each time).")
    var seed: UInt64?

    @Option(help: "How long faults go on, in seconds.")
    var seconds = 60

    @Option(help: "Goes on beyond that until so many processes were killed.")
    var kills = 0

    @Option(help: "The mean pause between two faults, in milliseconds.")
    var every = 1_000

    @Option(help: "What keeps the queues: redis (a process a role) or embedded (one process).")
    var broker = "redis"

    @Option(help: "What keeps the records: sqlite or postgres.")
    var database = "sqlite"

    @Option(help: "When Redis has its log on the disk: always or everysec.")
    var fsync = "always"

    @Option(help: "The lease, in seconds.")
    var lease = 5

    @Option(help: "How many sites are watched.")
    var sites = 100

    @Option(help: "How often each is checked, in seconds.")
    var interval = 10

    @Option(help: "Events a second.")
    var rate = 40

    @Option(help: "How many clients send them.")
    var clients = 8

    @Option(help: "How long it may take to come to rest afterwards, in seconds.")
    var settle = 180

    @Flag(help: "Keep the folder of files and logs also where all went well.")
    var keep = false

    func validate() throws {
        guard ChaosOptions.Broker(rawValue: broker) != nil else {
            throw ValidationError("--broker is redis or embedded.")
        }
        guard let database = ChaosOptions.Database(rawValue: database) else {
            throw ValidationError("--database is sqlite or postgres.")
        }
        guard database == .sqlite || broker == "redis" else {
            throw ValidationError(
                "The embedded broker is kept in the SQLite file: --database postgres needs --broker redis."
            )
        }
        guard ChaosOptions.Sync(rawValue: fsync) != nil else {
            throw ValidationError("--fsync is always or everysec.")
        }
        guard
            seconds >= 0, kills >= 0, every > 0, lease > 0, interval > 0, rate > 0, settle > 0,
            (1...1_000).contains(sites), (1...1_000).contains(clients)
        else { throw ValidationError("Numbers have to be positive; --sites and --clients at most 1000.") }
    }

    func run() async throws {
        let options = options()
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "tocsin-chaos-\(options.seed)-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let report: Report
        do {
            report = try await Self.untilSignal { try await ChaosRun(options, folder: folder.path).run() }
        } catch {
            let reason = error is CancellationError ? "ended by a signal before it could judge" : "\(error)"
            Progress.say("\(reason)\nfiles: \(folder.path)\nrepeat: \(command(options))")
            throw ExitCode.failure
        }
        print(report.text)
        guard report.violations.isEmpty else {
            Progress.say("files: \(folder.path)\nrepeat: \(command(options))")
            throw ExitCode.failure
        }
        if keep { Progress.say("files: \(folder.path)") } else { try FileManager.default.removeItem(at: folder) }
    }

    private func options() -> ChaosOptions {
        var options = ChaosOptions(seed: seed ?? UInt64.random(in: 1...999_999))
        options.broker = ChaosOptions.Broker(rawValue: broker) ?? options.broker
        options.database = ChaosOptions.Database(rawValue: database) ?? options.database
        options.sync = ChaosOptions.Sync(rawValue: fsync) ?? options.sync
        options.duration = .seconds(seconds)
        options.kills = kills
        options.every = .milliseconds(every)
        options.lease = .seconds(lease)
        options.sites = sites
        options.interval = .seconds(interval)
        options.rate = rate
        options.clients = clients
        options.settle = .seconds(settle)
        return options
    }

    /// The command that repeats a run.
    private func command(_ options: ChaosOptions) -> String {
        "make chaos ARGS=\"--seed \(options.seed) --seconds \(seconds) --kills \(kills) --every \(every) --broker \(broker) "
            + "--database \(database) --fsync \(fsync) --lease \(lease) --sites \(sites) --interval \(interval) "
            + "--rate \(rate) --clients \(clients) --settle \(settle)\""
    }

    /// Runs `body`, cancelled by SIGINT and SIGTERM, so that all processes that it started end with it.
    static func untilSignal<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            defer { group.cancelAll() }
            guard case .some(.some(let value)) = try await group.next() else {
                group.cancelAll()
                _ = try? await group.next()
                throw CancellationError()
            }
            return value
        }
    }
}
