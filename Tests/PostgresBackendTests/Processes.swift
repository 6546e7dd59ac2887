import PostgresBackend
import TestSupport
import Testing

/// One database as several processes have it: each with connections and stores of its own, at the same time of day.
struct Processes {
    let databases: [PostgresDatabase]
    let stores: [StoreFixture]
    let time = ManualTime()

    init(_ count: Int) async throws {
        let server = try #require(SharedPostgresServer.current)
        let url = try await server.makeDatabase()
        let databases = try (0..<count).map { _ in PostgresDatabase(try PostgresConfiguration(url: url)) }
        try await databases.first?.migrate()
        let time = time
        self.databases = databases
        stores = databases.map { StoreFixture($0, time: time) }
    }

    /// The numbers of the server's processes that wait for a lock.
    func waiting() async throws -> [Int64] {
        try await databases[0].read { connection in
            try await connection.query(
                """
                SELECT pid::bigint AS pid FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            ).map { try $0.int("pid") }
        }
    }

    /// Ends a connection as an administrator may.
    func terminate(_ pid: Int64) async throws {
        try await databases[0].read { connection in
            _ = try await connection.query("SELECT pg_terminate_backend($1::int)", [.int(pid)])
        }
    }
}

/// A place in a transaction where a test may hold it.
actor Gate {
    private var isReached = false
    private var isOpen = false

    func hold() async throws {
        isReached = true
        try await eventually("the gate opens") { self.isOpen }
    }

    func reached() async throws { try await eventually("the gate is reached") { self.isReached } }

    func open() { isOpen = true }
}
