internal import ArgumentParser
internal import Notifications

/// The commands for events.
struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send an event to the channels, and see what became of it.",
        subcommands: [EventsSend.self, EventsShow.self]
    )
}

struct EventsSend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "send", abstract: "Send an event.")

    @Argument(help: "Its type, such as deploy.finished.")
    var type: String

    @Option(help: "What it is about.")
    var subject: String?

    @Option(help: "Its data, a JSON object.")
    var data: String?

    @Option(name: .customLong("tag"), help: "A tag; give it again for more.")
    var tags: [String] = []

    @Option(help: "An id of your own: the same event sent again under it is sent once.")
    var id: String?

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        var members = [JSON.Member("type", .string(type))]
        if let subject { members.append(.init("subject", .string(subject))) }
        if let data { members.append(.init("data", try Self.parsed(data))) }
        if !tags.isEmpty { members.append(.init("tags", .array(tags.map(JSON.string)))) }
        if let id { members.append(.init("id", .string(id))) }
        let document = JSON.object(members)
        try await client.withClient { client in
            output.print(try await client.send(.post, ["v1", "events"], body: document))
        }
    }

    private static func parsed(_ text: String) throws -> JSON {
        do {
            return try JSON(parsing: text)
        } catch {
            throw CommandError(
                .usage,
                "--data is \(error); write it as in --data '{\"version\":\"1.2\"}'.",
                cause: error
            )
        }
    }
}

struct EventsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show where an event stands, with each attempt to deliver it."
    )

    @Argument(help: "Its id.")
    var id: String

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            output.print(try await client.send(.get, ["v1", "events", id]))
        }
    }
}
