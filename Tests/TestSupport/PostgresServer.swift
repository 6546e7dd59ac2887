internal import Foundation
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A real PostgreSQL server of a test's own, on a free port of the loopback, with its files in a temporary folder.
///
/// It waits for no disk: what it has committed survives its own death, not the machine's.
package final class PostgresServer: Sendable {
    /// Why there is no server for a test.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let port: Int
    private let tools: PostgresTools
    /// Where its files are.
    private let data: String
    private let arguments: [String]
    private let process = Mutex<ChildProcess?>(nil)
    private let databases = Atomic<Int>(0)

    fileprivate init(tools: PostgresTools, data: String, port: Int, arguments: [String]) {
        self.tools = tools
        self.data = data
        self.port = port
        self.arguments =
            ["-D", data, "-p", "\(port)"]
            + [
                "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "full_page_writes=off",
                "max_connections=200", "shared_buffers=32MB", "autovacuum=off", "deadlock_timeout=100ms",
                "logging_collector=on",
                "log_directory=.", "log_filename=server.log",
            ].flatMap { ["-c", $0] } + arguments
    }

    /// Where clients find a database of it.
    package func url(of database: String) -> String { "postgres://postgres@127.0.0.1:\(port)/\(database)" }

    /// Makes a database, empty or a copy of another that nobody uses, and answers with its URL.
    package func makeDatabase(named name: String? = nil, like template: String? = nil) async throws -> String {
        let name = name ?? "test\(databases.add(1, ordering: .relaxed).newValue)"
        try await tools.finish(
            "createdb",
            ["-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres"] + (template.map { ["-T", $0] } ?? []) + [name]
        )
        return url(of: name)
    }

    /// Makes a standby, which repeats what is done here and refuses to write, and starts it; it ends with the test.
    fileprivate func makeStandby(in data: String, port: Int) async throws -> PostgresServer {
        try tools.makeFolder(data)
        try await tools.finish(
            "pg_basebackup",
            ["-h", "127.0.0.1", "-p", "\(self.port)", "-U", "postgres", "-D", data, "-R", "-c", "fast", "--no-sync"]
        )
        let standby = PostgresServer(tools: tools, data: data, port: port, arguments: [])
        try await standby.start()
        return standby
    }

    /// Makes a standby the primary: from now on it is written.
    package func promote() async throws {
        try await tools.finish("pg_ctl", ["promote", "-w", "-s", "-D", data])
    }

    /// Starts it and waits until it answers.
    package func start() async throws {
        var process = try tools.start("postgres", arguments)
        self.process.withLock { $0 = process }
        try await eventually("PostgreSQL on port \(port) answers: \(log)") {
            if !process.isRunning {
                // After a kill it is refused for as long as a process of the one before still has the shared memory.
                guard log.contains("shared memory block") else {
                    throw Failure(description: "postgres ended at once: \(log)")
                }
                try await Task.sleep(for: .milliseconds(50))
                process = try tools.start("postgres", arguments)
                self.process.withLock { [process] in $0 = process }
            }
            return try await tools.start("pg_isready", ["-q", "-h", "127.0.0.1", "-p", "\(port)"]).succeeded()
        }
    }

    /// Ends all of its processes as a crash would (SIGKILL), and waits until it is gone.
    package func kill() async throws {
        // Those that serve clients would go on for a while without their parent.
        process.withLock { $0 }?.killWithChildren()
        await end(SIGKILL)
    }

    /// Ends it in order and at once, breaking off what its clients do.
    package func stop() async throws { await end(SIGINT) }

    /// Stops it from accepting anybody new (SIGSTOP): connections are made by the system alone, and nothing answers.
    package func pause() { process.withLock { $0 }?.signal(SIGSTOP) }

    /// Lets it run on after ``pause()``.
    package func resume() { process.withLock { $0 }?.signal(SIGCONT) }

    /// What it has logged.
    package var log: String {
        (try? String(contentsOfFile: "\(data)/server.log", encoding: .utf8)) ?? "(no log)"
    }

    private func end(_ number: Int32) async {
        guard let process = process.withLock({ $0 }) else { return }
        process.signal(SIGCONT)
        process.signal(number)
        await process.ended()
        self.process.withLock { $0 = nil }
    }
}

/// Runs `body` with a PostgreSQL server that is ended afterwards, however the test ends.
///
/// - Parameters:
///   - settings: Further settings of the server, such as `max_connections=5`.
///   - certificates: What it proves itself with, if it speaks TLS: the valid one of these.
///   - body: The test.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws, or why there is no server.
package func withPostgresServer<Result>(
    settings: [String] = [],
    certificates: TestCertificates? = nil,
    _ body: (PostgresServer) async throws -> Result
) async throws -> Result {
    let tools = try PostgresTools()
    return try await withTemporaryDirectory { directory in
        let data = "\(directory)/data"
        try tools.makeFolder(data)
        try await tools.finish(
            "initdb",
            ["-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync", "-n"]
        )
        var settings = settings
        if let certificates {
            try tools.copy(certificates.certificatePath(.valid), to: "\(data)/server.crt")
            try tools.copy(certificates.keyPath(.valid), to: "\(data)/server.key")
            settings.append("ssl=on")
        }
        let server = PostgresServer(
            tools: tools,
            data: data,
            port: try await freePort(),
            arguments: settings.flatMap { ["-c", $0] }
        )
        let result: Result
        do {
            try await server.start()
            result = try await body(server)
        } catch {
            try await server.kill()
            throw error
        }
        try await server.kill()
        return result
    }
}

/// Runs `body` with a PostgreSQL server and a hot standby of it, which are ended afterwards, however the test ends.
///
/// - Parameter body: The test; it gets the primary and the standby.
/// - Throws: What `body` throws, or why there are no servers.
package func withPostgresPair(
    _ body: (_ primary: PostgresServer, _ standby: PostgresServer) async throws -> Void
) async throws {
    try await withPostgresServer { primary in
        try await withTemporaryDirectory { directory in
            let standby = try await primary.makeStandby(in: "\(directory)/standby", port: try await freePort())
            do {
                try await body(primary, standby)
            } catch {
                try await standby.kill()
                throw error
            }
            try await standby.kill()
        }
    }
}

/// The programs of PostgreSQL, run as a user who is not root, whom they refuse.
private struct PostgresTools {
    private static let user = "postgres"

    private let folder: String

    init() throws {
        guard let folder = Self.folders.first(where: { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") })
        else {
            throw PostgresServer.Failure(
                description: "This test needs PostgreSQL, which is not installed. Run `make test`, which brings it."
            )
        }
        self.folder = folder
    }

    /// Debian keeps each version in a folder of its own, outside of PATH.
    private static var folders: [String] {
        let debian = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
        let newest = versions.sorted { (Double($0) ?? 0) > (Double($1) ?? 0) }.map { "\(debian)/\($0)/bin" }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return newest + path
    }

    func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try giveAway(path, mode: 0o700)
    }

    func copy(_ path: String, to target: String) throws {
        try FileManager.default.copyItem(atPath: path, toPath: target)
        try giveAway(target, mode: 0o600)
    }

    /// Makes the server's user the only one who may use a file or folder.
    private func giveAway(_ path: String, mode: Int) throws {
        var attributes: [FileAttributeKey: Any] = [.posixPermissions: mode]
        if geteuid() == 0 { attributes[.ownerAccountName] = Self.user }
        try FileManager.default.setAttributes(attributes, ofItemAtPath: path)
    }

    func start(_ program: String, _ arguments: [String]) throws -> ChildProcess {
        let path = "\(folder)/\(program)"
        guard geteuid() == 0 else { return try ChildProcess(path, arguments) }
        guard let setpriv = findExecutable("setpriv") else {
            throw PostgresServer.Failure(
                description: "PostgreSQL refuses root, and there is no setpriv: be another user."
            )
        }
        // It becomes the program, rather than its parent: a signal to it is one to the server.
        return try ChildProcess(
            setpriv,
            ["--reuid", Self.user, "--regid", Self.user, "--clear-groups", path] + arguments
        )
    }

    func finish(_ program: String, _ arguments: [String]) async throws {
        guard try await start(program, arguments).succeeded() else {
            throw PostgresServer.Failure(description: "\(program) \(arguments.joined(separator: " ")) failed")
        }
    }
}

extension ChildProcess {
    /// Waits until it has ended; whether it went well.
    fileprivate func succeeded() async -> Bool {
        await ended()
        return status == 0
    }
}
