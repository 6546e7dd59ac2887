internal import ArgumentParser

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
    var broker = ChaosOptions.Broker.redis

    @Option(help: "What keeps the records: sqlite or postgres.")
    var database = ChaosOptions.Database.sqlite

    @Option(help: "When Redis has its log on the disk: always or everysec.")
    var fsync = ChaosOptions.Sync.always

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
        guard database == .sqlite || broker == .redis else {
            throw ValidationError(
                "The embedded broker is kept in the SQLite file: --database postgres needs --broker redis."
            )
        }
        guard
            seconds >= 0, kills >= 0, every > 0, lease > 0, interval > 0, rate > 0, settle > 0,
            (1...1_000).contains(sites), (1...1_000).contains(clients)
        else { throw ValidationError("Numbers have to be positive; --sites and --clients at most 1000.") }
    }

    func run() async throws {
        let options = options()
        let run = JudgedRun(name: "tocsin-chaos-\(options.seed)", repetition: command(options), keepsFolder: keep)
        try await run.run { try await ChaosRun(options, folder: $0).run() }
    }

    private func options() -> ChaosOptions {
        var options = ChaosOptions(seed: seed ?? UInt64.random(in: 1...999_999))
        options.broker = broker
        options.database = database
        options.sync = fsync
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
}
