internal import ArgumentParser
internal import Notifications

/// The commands for incidents.
struct Incidents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See when sites were down, and say that somebody is on it.",
        subcommands: [IncidentsList.self, IncidentsShow.self, IncidentsAcknowledge.self]
    )
}

struct IncidentsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List incidents, the newest first.")

    @Flag(help: "Only those that have not ended.")
    var open = false

    @Option(help: "At most so many.")
    var limit: Int = 100

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
    }

    func run() async throws {
        try await client.withClient { client in
            try await output.printList(Columns.incidents, nothing: open ? "No open incidents." : "No incidents.") {
                page in
                try await client.pages(
                    ["v1", "incidents"],
                    by: .before,
                    query: [("open", open ? "true" : nil)],
                    limit: limit,
                    page
                )
            }
        }
    }
}

struct IncidentsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show all there is of an incident.")

    @Argument(help: "Its id.")
    var id: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            output.print(try await client.send(.get, ["v1", "incidents", id]))
        }
    }
}

struct IncidentsAcknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge",
        abstract: "Say that somebody is on it."
    )

    @Argument(help: "Its id.")
    var id: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            output.print(try await client.send(.post, ["v1", "incidents", id, "acknowledge"]))
        }
    }
}
