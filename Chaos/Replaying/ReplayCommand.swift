internal import ArgumentParser

/// `chaos replay`.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Makes many dead letters, puts them back with a filter at a pace, and proves that each arrives once.",
        discussion: "Exits 1 where one did not, or arrived before another of its site that is older."
    )

    @Option(help: "How many dead letters.")
    var letters = 50_000

    @Option(help: "How many are put back a second.")
    var pace = 1_000

    @Option(help: "How many sites they are about.")
    var subjects = 500

    // Not `broker`, which the command above this one would take for its own.
    @Option(name: .customLong("on"), help: "What keeps the queues: redis or embedded.")
    var broker = ChaosOptions.Broker.redis

    @Option(help: "How long all of it may take to arrive, in seconds.")
    var limit = 900

    func validate() throws {
        guard (1...100_000).contains(letters), (1...1_000).contains(pace), subjects > 0, limit > 0 else {
            throw ValidationError(
                "Numbers have to be positive; --letters at most 100000, which are kept, and --pace at most 1000."
            )
        }
    }

    func run() async throws {
        let options = ReplayOptions(
            letters: letters,
            pace: pace,
            subjects: subjects,
            broker: broker,
            limit: .seconds(limit)
        )
        try await JudgedRun(name: "tocsin-replay").run { try await ReplayRun(options, folder: $0).run() }
    }
}

/// What a replay is to be.
struct ReplayOptions: Sendable {
    let letters: Int
    /// Deliveries a second.
    let pace: Int
    let subjects: Int
    let broker: ChaosOptions.Broker
    /// How long all of them may take to arrive.
    let limit: Duration
}
