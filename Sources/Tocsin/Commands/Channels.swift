internal import ArgumentParser
internal import Monitoring
internal import Notifications

/// The commands for channels.
struct Channels: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add, list, try and remove the ways in which people are told.",
        subcommands: [ChannelsAdd.self, ChannelsList.self, ChannelsShow.self, ChannelsTest.self, ChannelsRemove.self]
    )
}

struct ChannelsAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a channel.",
        discussion: """
            For example: tocsin channels add slack --name ops --set url=https://hooks.slack.com/services/…
            A webhook's secret is made and printed, once, where none is given.
            """
    )

    @Argument(help: "webhook, slack, ntfy or console.")
    var type: String

    @Option(help: "A unique name.")
    var name: String

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A setting of the type, such as url=https://….", valueName: "KEY=VALUE")
    )
    var settings: [String] = []

    @Option(name: .customLong("event"), help: "A pattern of the events that it wants, such as site.*; all by default.")
    var events: [String] = []

    @Option(name: .customLong("tag"), help: "Only events with this tag; give it again for more.")
    var tags: [String] = []

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        var members: [JSON.Member] = [
            .init("name", .string(name)), .init("type", .string(type)),
            .init("settings", .object(try settings.map(Self.setting))),
        ]
        if !events.isEmpty { members.append(.init("events", .array(events.map(JSON.string)))) }
        if !tags.isEmpty { members.append(.init("tags", .array(tags.map(JSON.string)))) }
        let document = JSON.object(members)
        try await client.withClient { client in
            output.print(try await client.send(.post, ["v1", "channels"], body: document))
        }
    }

    private static func setting(_ text: String) throws -> JSON.Member {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw CommandError(.usage, "--set needs KEY=VALUE, such as --set url=https://example.com/hook.")
        }
        return JSON.Member(String(text[..<equals]), .string(String(text[text.index(after: equals)...])))
    }
}

struct ChannelsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the channels.")

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            let nothing = "No channels. Add one with `tocsin channels add webhook --name NAME --set url=URL`."
            try await output.printList(Columns.channels, nothing: nothing) { page in
                try await client.pages(["v1", "channels"], by: .none, page)
            }
        }
    }
}

struct ChannelsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a channel; its secrets are named, never printed."
    )

    @Argument(help: "Its id or name.")
    var channel: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            let id = try await ChannelReference(channel).id(with: client)
            output.print(try await client.send(.get, ["v1", "channels", id]))
        }
    }
}

struct ChannelsTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send a test message through a channel, now, and show what came back; exits 1 where it failed."
    )

    @Argument(help: "Its id or name.")
    var channel: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            let id = try await ChannelReference(channel).id(with: client)
            let outcome = try await client.send(.post, ["v1", "channels", id, "test"])
            output.print(outcome)
            if outcome["succeeded"]?.bool != true { throw ExitCode.failure }
        }
    }
}

struct ChannelsRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove channels; what waits for them becomes dead letters."
    )

    @Argument(help: "Ids or names.")
    var channels: [String]

    @OptionGroup var client: ClientOptions

    func run() async throws {
        try await client.withClient { client in
            for channel in channels {
                let id = try await ChannelReference(channel).id(with: client)
                _ = try await client.send(.delete, ["v1", "channels", id])
            }
        }
    }
}

/// A channel as people name one: by its id or its name.
private struct ChannelReference {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The channel's id.
    ///
    /// - Throws: ``CommandError`` where there is no such channel.
    func id(with client: ServerClient) async throws -> String {
        if ChannelID(text) != nil { return text }
        var found: String?
        try await client.pages(["v1", "channels"], by: .none) { page in
            found = found ?? page.first { $0["name"]?.string == text }?["id"]?.string
        }
        guard let found else {
            let shown = Printable.text(text, atMost: 200)
            throw CommandError(.failure, "There is no channel `\(shown)`; `tocsin channels list` shows them all.")
        }
        return found
    }
}
