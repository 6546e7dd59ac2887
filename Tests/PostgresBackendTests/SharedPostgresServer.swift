import PostgresBackend
import TestSupport
import Testing

/// Gives a suite one PostgreSQL server, for tests that make databases of their own.
struct SharedPostgresServer: SuiteTrait, TestScoping {
    @TaskLocal static var current: PostgresServer?

    /// A database with our tables, to be copied: that is quicker than making them each time.
    fileprivate static let template = "template"

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withPostgresServer { server in
            // Its connections are closed here, since one that is in use can't be copied.
            try await migrate(try await server.makeDatabase(named: Self.template))
            try await Self.$current.withValue(server, operation: function)
        }
    }

    private func migrate(_ url: String) async throws {
        try await PostgresDatabase(try PostgresConfiguration(url: url)).migrate()
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
        let url = try await #require(SharedPostgresServer.current).makeDatabase(like: SharedPostgresServer.template)
        return try at(url, connections: connections, change)
    }

    /// A database of its own on a server, with our tables and no rows.
    static func on(_ server: PostgresServer) async throws -> PostgresDatabase {
        let database = try at(try await server.makeDatabase(), connections: 8) { _ in }
        try await database.migrate()
        return database
    }

    private static func at(
        _ url: String,
        connections: Int,
        _ change: (inout PostgresConfiguration) -> Void
    ) throws -> PostgresDatabase {
        var configuration = try PostgresConfiguration(url: url, connections: connections)
        change(&configuration)
        return PostgresDatabase(configuration)
    }
}
