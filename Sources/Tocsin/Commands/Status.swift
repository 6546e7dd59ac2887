internal import ArgumentParser

/// Shows how a server does.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show queue depths, backlog, ends, workers and who leads."
    )

    @OptionGroup var client: ClientOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await client.withClient { client in
            output.print(try await client.send(.get, ["v1", "status"]))
        }
    }
}
