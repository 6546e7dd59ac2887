import Logging
import TestSupport

@testable import Redis

/// Runs a test with a client of a Redis server of its own; both are ended afterwards.
func withRedisClient<Result>(
    arguments: [String] = [],
    appendOnly: Bool = false,
    configure: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisClient, RedisServer) async throws -> Result
) async throws -> Result {
    try await withRedisServer(arguments: arguments, appendOnly: appendOnly, fsync: "always") { server in
        try await withRedisClient(url: server.url, configure: configure) { try await body($0, server) }
    }
}

/// Runs a test with a client, which is closed afterwards.
func withRedisClient<Result>(
    url: String,
    configure: (inout RedisConfiguration) -> Void = { _ in },
    _ body: (RedisClient) async throws -> Result
) async throws -> Result {
    var configuration = try RedisConfiguration(url: url)
    configure(&configuration)
    let client = RedisClient(configuration, logger: Logger(label: "test"))
    do {
        let result = try await body(client)
        await client.close()
        return result
    } catch {
        await client.close()
        throw error
    }
}
