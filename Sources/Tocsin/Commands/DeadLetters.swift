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

    @Option(help: "Only those of this channel, by its id.")
    var channel: String?

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
                    query: [("channel", channel)],
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
    static let configuration = CommandConfiguration(commandName: "replay", abstract: "Send dead letters again.")

    @Argument(help: "Their ids.")
    var ids: [String] = []

    @Flag(help: "All of them, as there are now.")
    var all = false

    @OptionGroup var client: ClientOptions

    func validate() throws { try DeadLetterSelection.validate(ids: ids, all: all) }

    func run() async throws {
        try await client.withClient { client in
            let ids = try await DeadLetterSelection.ids(ids, all: all, with: client)
            for chunk in stride(from: 0, to: ids.count, by: 500).map({ ids[$0..<min($0 + 500, ids.count)] }) {
                let document: JSON = ["ids": .array(chunk.map(JSON.string))]
                _ = try await client.send(.post, ["v1", "dead-letters", "replay"], body: document)
            }
        }
    }
}

struct DeadLettersDiscard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "discard", abstract: "Drop dead letters for good.")

    @Argument(help: "Their ids.")
    var ids: [String] = []

    @Flag(help: "All of them, as there are now.")
    var all = false

    @OptionGroup var client: ClientOptions

    func validate() throws { try DeadLetterSelection.validate(ids: ids, all: all) }

    func run() async throws {
        try await client.withClient { client in
            for id in try await DeadLetterSelection.ids(ids, all: all, with: client) {
                _ = try await client.send(.delete, ["v1", "dead-letters", id])
            }
        }
    }
}

/// Which dead letters a command is about.
private enum DeadLetterSelection {
    static func validate(ids: [String], all: Bool) throws {
        guard all != !ids.isEmpty else { throw ValidationError("Name the ids of dead letters, or say --all.") }
    }

    /// The ids, read before anything is changed, so that a letter that comes back is not taken twice.
    static func ids(_ named: [String], all: Bool, with client: ServerClient) async throws -> [String] {
        guard all else { return named }
        var ids: [String] = []
        try await client.pages(["v1", "dead-letters"], by: .before) { ids += $0.compactMap { $0["id"]?.string } }
        return ids
    }
}
