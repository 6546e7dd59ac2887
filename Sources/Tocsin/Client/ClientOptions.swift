internal import ArgumentParser
internal import Foundation
internal import Notifications

/// What every command that talks to a server can be told.
struct ClientOptions: ParsableArguments {
    @Option(help: "The URL of the server (TOCSIN_URL); its token comes from TOCSIN_TOKEN.")
    var server: String?

    @Option(help: "The socket of a server on this machine (TOCSIN_SOCKET); ./tocsin.sock by default.")
    var socket: String?

    /// Runs `body` with a client of the server.
    func withClient<Result: Sendable>(_ body: (ServerClient) async throws -> Result) async throws -> Result {
        let endpoint = try ServerEndpoint(
            server: server,
            socket: socket,
            environment: ProcessInfo.processInfo.environment
        )
        return try await ServerClient.with(endpoint, body)
    }
}

/// What every command that prints records can be told.
struct OutputOptions: ParsableArguments {
    @Option(help: "How to print: table (at a terminal) or json (otherwise).")
    var output: OutputFormat?

    /// Prints a list as it is read.
    func printList(
        _ columns: [Table.Column],
        nothing: String,
        pages: (_ page: ([JSON]) async throws -> Void) async throws -> Void
    ) async throws {
        let terminal = Terminal.standard()
        var printer = RecordPrinter(columns, format: .chosen(output, at: terminal), terminal: terminal)
        try await pages { printer.write($0) }
        printer.finish(nothing: nothing)
    }

    /// Prints one record.
    func print(_ record: JSON) {
        let terminal = Terminal.standard()
        RecordPrinter.print(record, format: .chosen(output, at: terminal), terminal: terminal)
    }
}
