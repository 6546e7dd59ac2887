internal import Logging
internal import Redis
internal import TestSupport
internal import Testing

/// What keeps the two queues in a scenario.
enum Broker: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case embedded
    case redis

    var testDescription: String { rawValue }
}

/// Runs `body` with a folder for the program, whose servers all use one broker.
///
/// - Parameters:
///   - broker: Which one.
///   - arguments: Further arguments of each server.
///   - body: The test; it gets the Redis server where there is one.
/// - Throws: What `body` throws.
func withTocsin(
    on broker: Broker,
    _ arguments: [String] = [],
    _ body: (_ tocsin: TocsinWorkspace, _ redis: RedisServer?) async throws -> Void
) async throws {
    switch broker {
    case .embedded:
        try await withTocsin(arguments) { try await body($0, nil) }
    case .redis:
        try await withTocsinOnRedis(arguments) { try await body($0, $1) }
    }
}

/// Runs `body` with a folder for the program, whose servers all use one Redis that loses nothing it has acknowledged.
func withTocsinOnRedis(
    _ arguments: [String] = [],
    _ body: (_ tocsin: TocsinWorkspace, _ redis: RedisServer) async throws -> Void
) async throws {
    try await withRedisServer(appendOnly: true, fsync: "always") { redis in
        try await withTocsin(["--broker", redis.url] + arguments) { try await body($0, redis) }
    }
}

extension RedisServer {
    /// Runs `body` with a client that knows nothing of Tocsin.
    func withForeignClient<Result>(_ body: (RedisClient) async throws -> Result) async throws -> Result {
        let client = RedisClient(
            try RedisConfiguration(url: url, clientName: "foreign"),
            logger: Logger(label: "foreign") { _ in SwiftLogNoOpLogHandler() }
        )
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }
}

extension RedisClient {
    /// Sends one command and answers with its reply.
    @discardableResult
    func command(_ name: String, _ arguments: RedisArgument...) async throws -> RESPValue {
        try await send(RedisCommand(name, arguments: arguments))
    }
}
