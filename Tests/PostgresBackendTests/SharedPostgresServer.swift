import PostgresBackend
import TestSupport
import Testing

/// Gives a suite one PostgreSQL server, for tests that make databases of their own.
struct SharedPostgresServer: SuiteTrait, TestScoping {
    @TaskLocal static var current: PostgresServer?

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withPostgresServer { server in
            try await Self.$current.withValue(server, operation: function)
        }
    }
}

extension Trait where Self == SharedPostgresServer {
    static var sharedPostgresServer: Self { SharedPostgresServer() }
}

extension PostgresDatabase {
    /// A database of its own on the suite's server, with our tables and no rows.
    static func forTest(
        connections: Int = 8,
        _ change: (inout PostgresConfiguration) -> Void = { _ in }
    ) async throws -> PostgresDatabase {
        let server = try #require(SharedPostgresServer.current)
        var configuration = try PostgresConfiguration(url: try await server.makeDatabase(), connections: connections)
        change(&configuration)
        let database = PostgresDatabase(configuration)
        try await database.migrate()
        return database
    }
}
