internal import ArgumentParser
internal import Monitoring
internal import Notifications

/// The commands for access tokens.
struct Tokens: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make and revoke the tokens that programs use the API with.",
        subcommands: [TokensCreate.self, TokensList.self, TokensRevoke.self]
    )
}

struct TokensCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a token; it is printed once and kept as a hash."
    )

    @Argument(help: "A unique name; it is recorded with each change that the token makes.")
    var name: String

    @Option(name: .customLong("scope"), help: "What it may do: events:write, read or manage; give it again for more.")
    var scopes: [String]

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let document: JSON = ["name": .string(name), "scopes": .array(scopes.map(JSON.string))]
        try await client.withClient { client in
            output.print(try await client.send(.post, ["v1", "tokens"], body: document))
        }
    }
}

struct TokensList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tokens, without their secrets."
    )

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            try await output.printList(Columns.tokens, nothing: "No tokens.") { page in
                try await client.pages(["v1", "tokens"], by: .none, page)
            }
        }
    }
}

struct TokensRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "revoke", abstract: "Make tokens useless.")

    @Argument(help: "Ids or names.")
    var tokens: [String]

    @OptionGroup var client: ClientOptions

    func run() async throws {
        try await client.withClient { client in
            for token in tokens {
                let id = try await Self.id(of: token, with: client)
                _ = try await client.send(.delete, ["v1", "tokens", id])
            }
        }
    }

    private static func id(of text: String, with client: ServerClient) async throws -> String {
        if TokenID(text) != nil { return text }
        var found: String?
        try await client.pages(["v1", "tokens"], by: .none) { page in
            found = found ?? page.first { $0["name"]?.string == text }?["id"]?.string
        }
        guard let found else {
            let shown = Printable.text(text, atMost: 200)
            throw CommandError(.failure, "There is no token `\(shown)`; `tocsin tokens list` shows them all.")
        }
        return found
    }
}
