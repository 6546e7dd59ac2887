import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import Redis

@Suite struct RedisServiceTests {
    @Test("Running makes a connection ahead of time, and a graceful shutdown closes it")
    func runs() async throws {
        try await withRedisServer { server in
            let client = RedisClient(try RedisConfiguration(url: server.url), logger: Logger(label: "test"))
            let group = ServiceGroup(services: [client], logger: Logger(label: "test"))
            async let running: Void = group.run()
            try await eventually("it is connected") { client.pool.readyConnection != nil }
            await group.triggerGracefulShutdown()
            try await running
            #expect(client.pool.readyConnection == nil)
            let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
            #expect(error?.code == .closed)
        }
    }
}
