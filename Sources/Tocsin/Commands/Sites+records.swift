internal import ArgumentParser
internal import Notifications

struct SitesAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Watch a site; it is checked at once."
    )

    @Argument(help: "The site's URL.")
    var url: String

    @OptionGroup var site: SiteOptions
    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let document = JSON.object([JSON.Member("url", .string(try SiteArgument.checked(url)))] + (try site.members()))
        try await client.withClient { client in
            output.print(try await client.send(.post, ["v1", "sites"], body: document))
        }
    }
}

struct SitesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the sites and how they stand.")

    @Option(help: "Only sites in this state: up, down, degraded, pending, paused, ….")
    var status: String?

    @Option(help: "Only sites with this tag.")
    var tag: String?

    @Option(help: "Only sites whose name or URL contains this.")
    var search: String?

    @Option(help: "At most so many.")
    var limit: Int = .max

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
    }

    func run() async throws {
        try await client.withClient { client in
            try await output.printList(Columns.sites, nothing: "No sites. Add one with `tocsin sites add URL`.") {
                page in
                try await client.pages(
                    ["v1", "sites"],
                    by: .after,
                    query: [("status", status), ("tag", tag), ("search", search)],
                    limit: limit,
                    page
                )
            }
        }
    }
}

struct SitesShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show all there is of a site.")

    @Argument(help: "Its id, name or URL.")
    var site: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            let id = try await SiteReference(site).id(with: client)
            output.print(try await client.send(.get, ["v1", "sites", id]))
        }
    }
}

struct SitesUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change a site; what is not named stays as it is."
    )

    @Argument(help: "Its id, name or URL.")
    var site: String

    @Option(help: "Its new URL.")
    var url: String?

    @OptionGroup var settings: SiteOptions
    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        var members = try settings.members()
        if let url { members.append(JSON.Member("url", .string(try SiteArgument.checked(url)))) }
        guard !members.isEmpty else {
            throw CommandError(.usage, "Nothing to change; name what is new, such as --interval 30s.")
        }
        let document = JSON.object(members)
        try await client.withClient { client in
            let id = try await SiteReference(site).id(with: client)
            output.print(try await client.send(.patch, ["v1", "sites", id], body: document))
        }
    }
}

struct SitesRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Stop watching sites and forget their history."
    )

    @Argument(help: "Ids, names or URLs.")
    var sites: [String]

    @OptionGroup var client: ClientOptions

    func run() async throws {
        try await client.withClient { client in
            for site in sites {
                let id = try await SiteReference(site).id(with: client)
                _ = try await client.send(.delete, ["v1", "sites", id])
            }
        }
    }
}

struct SitesPause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "pause", abstract: "Stop checking sites for a while.")

    @Argument(help: "Ids, names or URLs.")
    var sites: [String]

    @OptionGroup var client: ClientOptions

    func run() async throws { try await PauseChange(sites: sites, isPaused: true).make(through: client) }
}

struct SitesResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Check paused sites again.")

    @Argument(help: "Ids, names or URLs.")
    var sites: [String]

    @OptionGroup var client: ClientOptions

    func run() async throws { try await PauseChange(sites: sites, isPaused: false).make(through: client) }
}

/// Pauses sites or resumes them.
private struct PauseChange {
    let sites: [String]
    let isPaused: Bool

    func make(through options: ClientOptions) async throws {
        try await options.withClient { client in
            for site in sites {
                let id = try await SiteReference(site).id(with: client)
                _ = try await client.send(.patch, ["v1", "sites", id], body: ["paused": .bool(isPaused)])
            }
        }
    }
}
