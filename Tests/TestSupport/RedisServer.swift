internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A real `redis-server` of a test's own, on a free port of the loopback, with its files in a temporary folder.
package final class RedisServer: Sendable {
    /// Why there is no server for a test.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let port: Int
    /// Where its files are.
    package let directory: String
    private let executable: String
    private let arguments: [String]
    private let usesTLS: Bool
    private let process = Mutex<ChildProcess?>(nil)

    fileprivate init(executable: String, port: Int, directory: String, appendOnly: Bool, fsync: String, more: [String])
    {
        self.executable = executable
        self.port = port
        self.directory = directory
        usesTLS = more.contains("--tls-cert-file")
        arguments =
            [
                usesTLS ? "--tls-port" : "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory,
                "--save", "", "--appendonly", appendOnly ? "yes" : "no", "--appendfsync", fsync,
                "--logfile", "\(directory)/redis.log",
            ] + (usesTLS ? ["--port", "0"] : []) + more
    }

    /// Where clients find it.
    package var url: String { "\(usesTLS ? "rediss" : "redis")://127.0.0.1:\(port)" }

    /// Starts it and waits until it answers, which is after it has loaded its data.
    ///
    /// - Parameters:
    ///   - more: Further arguments, of this start alone.
    ///   - limit: How long that may take.
    /// - Throws: Why it does not answer.
    package func start(_ more: [String] = [], within limit: Duration = .seconds(20)) async throws {
        // A write beyond the limit of a file's size is to fail, as on a full disk, and not to kill.
        let shell = ["-c", #"trap "" XFSZ; exec "$@""#, "sh", executable]
        let process = try ChildProcess("/bin/sh", shell + arguments + more)
        self.process.withLock { $0 = process }
        try await eventually("redis-server on port \(port) answers (see \(directory)/redis.log)", within: limit) {
            guard process.isRunning else {
                throw Failure(description: "redis-server ended at once: \(log)")
            }
            return await answers()
        }
    }

    /// Ends it as a power cut would (SIGKILL), and waits until it is gone.
    package func kill() async throws { try await end(SIGKILL) }

    /// Ends it in order, and waits until it is gone.
    package func stop() async throws { try await end(SIGTERM) }

    /// Kills it and starts it again on the same port and files.
    package func restart() async throws {
        try await kill()
        try await start()
    }

    /// What its append-only file holds at a moment.
    package struct LogMark: Sendable {
        fileprivate let path: String
        fileprivate let length: UInt64
    }

    /// What is in its append-only file now.
    package func logMark() throws -> LogMark {
        let folder = "\(directory)/appendonlydir"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".incr.aof") }
        guard let path = names.sorted().last.map({ "\(folder)/\($0)" }),
            let length = try FileManager.default.attributesOfItem(atPath: path)[.size] as? UInt64
        else { throw Failure(description: "redis-server keeps no append-only file in \(folder)") }
        return LogMark(path: path, length: length)
    }

    /// Kills it and cuts its append-only file to what it held at a moment, as a crash of the machine may that comes
    /// before the disk has the rest; then starts it again.
    package func restart(losingAllSince mark: LogMark) async throws {
        try await kill()
        let file = try FileHandle(forUpdating: URL(filePath: mark.path))
        try file.truncate(atOffset: mark.length)
        try file.close()
        try await start()
    }

    /// Stops it from running (SIGSTOP): its connections stay, and nothing answers.
    package func pause() { signal(SIGSTOP) }

    /// Lets it run on after ``pause()``.
    package func resume() { signal(SIGCONT) }

    /// The number of its process; nil while there is none.
    package var processID: Int32? { process.withLock { $0 }?.processID }

    /// What it has logged.
    package var log: String {
        (try? String(contentsOfFile: "\(directory)/redis.log", encoding: .utf8)) ?? "(no log)"
    }

    private func signal(_ number: Int32) {
        process.withLock { $0 }?.signal(number)
    }

    private func end(_ number: Int32) async throws {
        guard let process = process.withLock({ $0 }) else { return }
        process.signal(SIGCONT)
        process.signal(number)
        await process.ended()
        self.process.withLock { $0 = nil }
    }

    private func answers() async -> Bool {
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(1))
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            return try await channel.executeThenClose { inbound, outbound in
                if usesTLS { return true }
                try await outbound.write(ByteBuffer(string: "PING\r\n"))
                for try await buffer in inbound {
                    let reply = String(buffer: buffer)
                    return reply.hasPrefix("+PONG") || reply.hasPrefix("-NOAUTH")
                }
                return false
            }
        } catch {
            return false
        }
    }
}

/// Runs `body` with a Redis server that is ended afterwards, however the test ends.
///
/// - Parameters:
///   - directory: Where its files are, and stay; a folder that is gone afterwards where nil.
///   - arguments: Further arguments of `redis-server`.
///   - appendOnly: Whether it keeps its data in an append-only file.
///   - fsync: `always`, `everysec` or `no`.
///   - body: The test.
/// - Returns: What `body` returns.
/// - Throws: What `body` throws, or why there is no server.
package func withRedisServer<Result>(
    in directory: String? = nil,
    arguments: [String] = [],
    appendOnly: Bool = false,
    fsync: String = "everysec",
    _ body: (RedisServer) async throws -> Result
) async throws -> Result {
    guard let executable = findExecutable("redis-server") else {
        throw RedisServer.Failure(
            description: "This test needs redis-server, which is not installed. Run `make test`, which brings it."
        )
    }
    return try await withTemporaryDirectory(in: directory) { directory in
        let server = try await start { port in
            RedisServer(
                executable: executable,
                port: port,
                directory: directory,
                appendOnly: appendOnly,
                fsync: fsync,
                more: arguments
            )
        }
        let result: Result
        do {
            result = try await body(server)
        } catch {
            try await server.kill()
            throw error
        }
        try await server.kill()
        return result
    }
}

/// Starts a server; on another port where somebody else has taken the one that was free.
private func start(_ make: (_ port: Int) -> RedisServer) async throws -> RedisServer {
    var attempt = 1
    while true {
        let server = make(try await freePort())
        do {
            try await server.start()
            return server
        } catch {
            try await server.kill()
            guard attempt < 3, server.log.contains("Address already in use") else { throw error }
            attempt += 1
        }
    }
}

/// The path of a program in PATH, if it is there.
package func findExecutable(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// The ports that ``freePort()`` has given to this process: what one test is about to bind is not given to another.
private let givenPorts = Mutex<Set<Int>>([])

/// A port of the loopback on which nothing listens.
///
/// It lies below those that the system gives to outgoing connections, which could take it meanwhile.
package func freePort() async throws -> Int {
    for _ in 0..<1_000 {
        let port = Int.random(in: 15_000..<32_000)
        guard givenPorts.withLock({ $0.insert(port).inserted }) else { continue }
        do {
            try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: "127.0.0.1", port: port).get().close()
            return port
        } catch is IOError {
            // Something listens there.
        }
    }
    throw RedisServer.Failure(description: "there is no free port")
}
