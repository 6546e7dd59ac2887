import TestSupport
import Testing

/// Gives a suite one Redis server, for tests that keep to keys of their own.
struct SharedRedisServer: SuiteTrait, TestScoping {
    @TaskLocal static var current: RedisServer?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withRedisServer { server in
            try await Self.$current.withValue(server, operation: function)
        }
    }
}

extension Trait where Self == SharedRedisServer {
    static var sharedRedisServer: Self { SharedRedisServer() }
}
