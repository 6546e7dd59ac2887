import Logging
import Monitoring
import Redis
import RedisBackend
import TestSupport

/// A Redis server of a test's own, and streams in it.
struct JobStreamServer: Sendable {
    static let key = "MONITORING_STREAM"

    let server: RedisServer
    let client: RedisClient

    func stream(region: String = "default", maxLength: Int = 100_000) -> RedisJobStream {
        RedisJobStream(client: client, key: Self.key, region: region, maxLength: maxLength, logger: Self.logger)
    }

    @discardableResult
    func send(_ name: String, _ arguments: RedisArgument...) async throws -> RESPValue {
        try await client.send(RedisCommand(name, arguments: arguments))
    }

    /// How often the server has run a command.
    func calls(of command: String) async throws -> Int {
        let text = try await send("INFO", "commandstats").string()
        let start = "cmdstat_\(command):calls="
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(start) }
        return line.flatMap { Int($0.dropFirst(start.count).prefix(while: \.isNumber)) } ?? 0
    }

    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

func withJobStreamServer(
    arguments: [String] = [],
    appendOnly: Bool = false,
    _ body: (JobStreamServer) async throws -> Void
) async throws {
    try await withRedisServer(arguments: arguments, appendOnly: appendOnly) { server in
        var configuration = try RedisConfiguration(url: server.url)
        // Many servers start at once beside many tests; how fast a busy machine answers is not what is tested.
        configuration.connectTimeout = .seconds(15)
        configuration.commandTimeout = .seconds(20)
        let client = RedisClient(configuration, logger: JobStreamServer.logger)
        do {
            try await body(JobStreamServer(server: server, client: client))
        } catch {
            await client.close()
            throw error
        }
        await client.close()
    }
}

/// A stream on the server, closed afterwards.
func withJobStream(
    maxLength: Int = 100_000,
    arguments: [String] = [],
    _ body: (RedisJobStream, JobStreamServer) async throws -> Void
) async throws {
    try await withJobStreamServer(arguments: arguments) { server in
        let stream = server.stream(maxLength: maxLength)
        do {
            try await body(stream, server)
        } catch {
            await stream.close()
            throw error
        }
        await stream.close()
    }
}

func testJobs(_ count: Int) -> [CheckJob] {
    (1...count).map {
        CheckJob(
            websiteID: "\($0)",
            url: "http://\($0).example/",
            slot: Timestamp(milliseconds: 1_800_000_000_000),
            revision: 1
        )
    }
}

func testMark(count: Int) -> Mark {
    Mark(
        from: Timestamp(milliseconds: 1_799_999_999_000),
        through: Timestamp(milliseconds: 1_800_000_000_000),
        position: nil,
        count: count
    )
}
