internal import ArgumentParser
internal import Monitoring
internal import Notifications

/// The commands for incidents.
struct Incidents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See when sites were down, and say what people should know of it.",
        subcommands: [
            IncidentsList.self, IncidentsShow.self, IncidentsOpen.self, IncidentsUpdate.self, IncidentsAcknowledge.self,
        ]
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

struct IncidentsOpen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Open an incident that checks don't see; it shows on the status page.",
        discussion: """
            tocsin incidents open "Mail is slow" --message "We look into it." --site shop
            tocsin incidents update 17 --status resolved --message "A disk was full." ends it.
            """
    )

    @Argument(help: "What is wrong; people may read it.")
    var title: String

    @Option(help: "investigating, identified or monitoring.")
    var status: String = IncidentUpdate.Status.investigating.rawValue

    @Option(help: "What people should know.")
    var message: String

    @Option(name: .customLong("site"), help: "A site that it is about, by its id, name or URL; give it again for more.")
    var sites: [String] = []

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard let status = IncidentUpdate.Status(rawValue: status), status != .resolved else {
            throw ValidationError("--status must be investigating, identified or monitoring.")
        }
    }

    func run() async throws {
        try await client.withClient { client in
            var ids: [String] = []
            for site in sites { ids.append(try await SiteReference(site).id(with: client)) }
            let document: JSON = [
                "title": .string(title), "status": .string(status), "message": .string(message),
                "sites": .array(ids.map(JSON.string)),
            ]
            output.print(try await client.send(.post, ["v1", "incidents"], body: document))
        }
    }
}

struct IncidentsUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Say how an incident goes; resolved ends one that was opened by hand."
    )

    @Argument(help: "Its id.")
    var id: String

    @Option(help: "investigating, identified, monitoring or resolved.")
    var status: String

    @Option(help: "What people should know.")
    var message: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard IncidentUpdate.Status(rawValue: status) == nil else { return }
        throw ValidationError("--status must be investigating, identified, monitoring or resolved.")
    }

    func run() async throws {
        try await client.withClient { client in
            let document: JSON = ["status": .string(status), "message": .string(message)]
            output.print(try await client.send(.post, ["v1", "incidents", id, "updates"], body: document))
        }
    }
}
