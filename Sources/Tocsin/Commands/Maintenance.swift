internal import ArgumentParser
internal import Monitoring
internal import Notifications

/// The commands for maintenance windows.
struct Maintenance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Announce work on sites: they are checked, nobody is alerted, and no uptime is counted.",
        subcommands: [
            MaintenanceAdd.self, MaintenanceList.self, MaintenanceShow.self, MaintenanceEnd.self,
            MaintenanceRemove.self,
        ]
    )
}

struct MaintenanceAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a maintenance window.",
        discussion: """
            From now on: tocsin maintenance add "New disks" --for 2h --site shop
            Once: tocsin maintenance add "New disks" --start 2027-03-01T22:00 --for 2h --zone Europe/Berlin --tag prod
            Again and again: … --rrule "FREQ=MONTHLY;BYDAY=-1FR" (RFC 5545; the last Friday of each month)
            """
    )

    @Argument(help: "What is done; people may read it.")
    var title: String

    @Option(help: "When it begins: 2027-03-01T22:00 by the clocks of the zone, or with an offset or Z; now by default.")
    var start: String?

    @Option(help: "When it ends, or the first one of several.")
    var end: String?

    @Option(name: .customLong("for"), help: "How long it is, such as 2h, instead of --end.")
    var duration: String?

    @Option(help: "How it repeats, as RFC 5545 writes it, such as FREQ=WEEKLY;BYDAY=TU.")
    var rrule: String?

    @Option(help: "The time zone whose clocks it goes by, such as Europe/Berlin.")
    var zone: String = "UTC"

    @Option(name: .customLong("site"), help: "A site by its id, name or URL; give it again for more.")
    var sites: [String] = []

    @Option(name: .customLong("tag"), help: "All sites with this tag; give it again for more.")
    var tags: [String] = []

    @Flag(help: "All sites.")
    var all = false

    @Option(help: "More about it, for people.")
    var description: String?

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard all || !sites.isEmpty || !tags.isEmpty else {
            throw ValidationError("Say which sites: --site NAME, --tag TAG or --all.")
        }
        guard (end == nil) != (duration == nil) else {
            throw ValidationError("Say how long it is, with --for DURATION or --end TIME.")
        }
    }

    func run() async throws {
        try await client.withClient { client in
            var ids: [String] = []
            for site in sites { ids.append(try await SiteReference(site).id(with: client)) }
            var members: [JSON.Member] = [
                .init("title", .string(title)), .init("start", .string(start ?? SystemTime().now().rfc3339)),
                .init("zone", .string(zone)), .init("sites", .array(ids.map(JSON.string))),
                .init("tags", .array(tags.map(JSON.string))), .init("all", .bool(all)),
            ]
            let texts = [("end", end), ("duration", duration), ("rrule", rrule), ("description", description)]
            for (name, text) in texts {
                if let text { members.append(.init(name, .string(text))) }
            }
            output.print(try await client.send(.post, ["v1", "maintenance"], body: .object(members)))
        }
    }
}

struct MaintenanceList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the maintenance windows, the newest first."
    )

    @Option(help: "Only those that are active, upcoming or ended.")
    var state: String?

    @Option(help: "At most so many.")
    var limit: Int = 100

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
        guard let state, MaintenanceWindow.Phase(rawValue: state) == nil else { return }
        throw ValidationError("--state must be active, upcoming or ended.")
    }

    func run() async throws {
        try await client.withClient { client in
            try await output.printList(Columns.maintenance, nothing: "No maintenance windows.") { page in
                try await client.pages(
                    ["v1", "maintenance"],
                    by: .before,
                    query: [("state", state)],
                    limit: limit,
                    page
                )
            }
        }
    }
}

struct MaintenanceShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a maintenance window and when it is next."
    )

    @Argument(help: "Its id.")
    var id: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            output.print(try await client.send(.get, ["v1", "maintenance", id]))
        }
    }
}

struct MaintenanceEnd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end",
        abstract: "End what is now; a window that repeats goes on with the next."
    )

    @Argument(help: "Its id.")
    var id: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            output.print(try await client.send(.post, ["v1", "maintenance", id, "end"]))
        }
    }
}

struct MaintenanceRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove maintenance windows; what has been of them stays out of the uptime."
    )

    @Argument(help: "Ids.")
    var ids: [String]

    @OptionGroup var client: ClientOptions

    func run() async throws {
        try await client.withClient { client in
            for id in ids { _ = try await client.send(.delete, ["v1", "maintenance", id]) }
        }
    }
}
