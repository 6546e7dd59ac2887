internal import ArgumentParser
internal import Notifications

/// The commands for what could not be delivered.
struct DeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "See what could not be delivered; send it again or drop it.",
        subcommands: [DeadLettersList.self, DeadLettersShow.self, DeadLettersReplay.self, DeadLettersDiscard.self]
    )
}

struct DeadLettersList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List dead letters, the newest first."
    )

    @OptionGroup var filter: DeadLetterFilterOptions

    @Option(help: "At most so many.")
    var limit: Int = 100

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
    }

    func run() async throws {
        try await client.withClient { client in
            try await output.printList(Columns.deadLetters, nothing: "No dead letters.") { page in
                try await client.pages(
                    ["v1", "dead-letters"],
                    by: .before,
                    query: filter.fields,
                    limit: limit,
                    page
                )
            }
        }
    }
}

struct DeadLettersShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a dead letter with its reason and its content."
    )

    @Argument(help: "Its id.")
    var id: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            output.print(try await client.send(.get, ["v1", "dead-letters", id]))
        }
    }
}

struct DeadLettersReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send dead letters again, the oldest first.",
        discussion:
            "An alert whose incident has ended is followed by its recovery; people get one message that tells both."
    )

    @OptionGroup var selection: DeadLetterSelectionOptions

    @Option(help: "Deliveries a second to each channel, so that one that has just recovered is not flooded.")
    var rate: Int?

    @OptionGroup var client: ClientOptions

    func validate() throws {
        if let rate, !(1...1_000).contains(rate) { throw ValidationError("--rate must be 1 to 1000.") }
    }

    func run() async throws {
        let pace = rate.map { [JSON.Member("rate", JSON($0))] } ?? []
        let sums = try await client.withClient { client in
            try await selection.send(
                ["v1", "dead-letters", "replay"],
                pace,
                counting: ["replayed", "full", "gone"],
                with: client
            )
        }
        let (full, gone) = (sums["full"] ?? 0, sums["gone"] ?? 0)
        guard full + gone > 0 else { return }
        let reasons = [
            full > 0 ? "\(full) stay until the queue, or the channel's backlog, has room; replay them then" : nil,
            gone > 0 ? "\(gone) are no dead letters; `tocsin dead-letters list` shows those that there are" : nil,
        ]
        throw CommandError(
            .failure,
            "\(sums["replayed"] ?? 0) were put back; \(reasons.compactMap { $0 }.joined(separator: "; "))."
        )
    }
}

struct DeadLettersDiscard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "discard", abstract: "Drop dead letters for good.")

    @OptionGroup var selection: DeadLetterSelectionOptions

    @OptionGroup var client: ClientOptions

    func run() async throws {
        let sums = try await client.withClient { client in
            try await selection.send(["v1", "dead-letters", "discard"], [], counting: ["discarded"], with: client)
        }
        let discarded = sums["discarded"] ?? 0
        let gone = Set(selection.ids).count - discarded
        guard !selection.ids.isEmpty, gone > 0 else { return }
        throw CommandError(
            .failure,
            "\(discarded) were dropped; \(gone) are no dead letters; `tocsin dead-letters list` shows those that there are."
        )
    }
}
