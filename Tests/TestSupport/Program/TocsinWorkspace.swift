internal import Foundation
internal import Synchronization

/// A folder in which a test runs processes of the built program, as a user would in a folder of theirs.
package final class TocsinWorkspace: Sendable {
    /// What a command came to.
    package struct Outcome: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    private struct State {
        var processes: [TocsinProcess] = []
        var token: String?
        var webhookSecret: String?
    }

    package let directory: String
    /// Arguments of every ``serve(_:environment:)``, such as the broker's.
    package let common: [String]
    private let state = Mutex(State())

    fileprivate init(directory: String, common: [String]) {
        self.directory = directory
        self.common = common
    }

    /// The token that the first server printed.
    package var token: String? { state.withLock { $0.token } }

    /// The secret that was printed for `--webhook`.
    package var webhookSecret: String? { state.withLock { $0.webhookSecret } }

    /// Starts the program.
    package func start(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String? = nil
    ) throws -> TocsinProcess {
        try state.withLock { state in
            let process = try TocsinProcess(
                arguments,
                environment: environment,
                directory: directory,
                input: input,
                name: "process-\(state.processes.count)"
            )
            state.processes.append(process)
            return process
        }
    }

    /// Runs the program to its end.
    package func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String? = nil,
        within limit: Duration = .seconds(30)
    ) async throws -> Outcome {
        let process = try start(arguments, environment: environment, input: input)
        return Outcome(
            status: try await process.exitStatus(within: limit),
            output: process.output,
            errors: process.errors
        )
    }

    /// Runs `tocsin serve` with the role `api`, on a free port, until its API says that every role is ready;
    /// where that does not come to be, it is ended.
    package func serve(
        _ arguments: [String] = [],
        environment: [String: String] = [:]
    ) async throws -> TocsinServerUnderTest {
        let process = try start(
            ["serve", "--listen", "127.0.0.1:\(try await freePort())"] + common + arguments,
            environment: environment
        )
        do {
            return try await server(of: process)
        } catch {
            await process.kill()
            throw error
        }
    }

    /// A server that is starting, once every role of it is ready.
    private func server(of process: TocsinProcess) async throws -> TocsinServerUnderTest {
        let dashboard = try await process.line(containing: "Dashboard: ", within: .seconds(60))
        if token == nil {
            let line = try await process.line(containing: "token: ")
            state.withLock { $0.token = String(line.dropFirst("token: ".count)) }
        }
        // It stands before the token.
        if let line = process.lines.first(where: { $0.hasPrefix("webhook secret of ") }) {
            state.withLock { $0.webhookSecret = line.split(separator: " ").last.map(String.init) }
        }
        var url = String(dashboard.dropFirst("Dashboard: ".count))
        if url.hasSuffix("/") { url.removeLast() }
        let server = TocsinServerUnderTest(process: process, url: url, token: token)
        try await eventually("every role is ready", within: .seconds(60)) {
            try await server.call("GET", "/readyz").status == 200
        }
        return server
    }

    /// Runs `tocsin serve` with other roles than `api`, until it says that it runs; where it does not, it is ended.
    package func serve(roles: String, _ arguments: [String] = []) async throws -> TocsinProcess {
        let process = try start(["serve", "--roles", roles] + common + arguments)
        do {
            try await process.line(containing: "Add a channel: ", within: .seconds(60))
        } catch {
            await process.kill()
            throw error
        }
        return process
    }

    /// Writes a file into the folder.
    ///
    /// - Returns: Its path.
    package func write(_ text: String, to name: String) throws -> String {
        let path = "\(directory)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    /// Whether there is a file or folder of a name.
    package func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(directory)/\(name)") }

    fileprivate var summaries: [String] { state.withLock { $0.processes }.map(\.summary) }

    fileprivate func end() async {
        for process in state.withLock({ $0.processes }) { await process.kill() }
    }
}

/// Why a scenario failed, with what its processes wrote last.
private struct ScenarioFailure: Error, CustomStringConvertible {
    let error: any Error
    let summaries: [String]

    var description: String { "\(error)\n\(summaries.suffix(6).joined(separator: "\n"))" }
}

/// Runs `body` with an empty folder for the program; its processes end with it, however the test ends.
///
/// - Parameters:
///   - directory: The folder, which stays; one that is gone afterwards where nil.
///   - common: Arguments of every server that is run in it.
///   - body: The test.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws.
package func withTocsin<Result>(
    in directory: String? = nil,
    _ common: [String] = [],
    _ body: (TocsinWorkspace) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory(in: directory) { directory in
        let workspace = TocsinWorkspace(directory: directory, common: common)
        do {
            let result = try await body(workspace)
            await workspace.end()
            return result
        } catch {
            await workspace.end()
            throw ScenarioFailure(error: error, summaries: workspace.summaries)
        }
    }
}
