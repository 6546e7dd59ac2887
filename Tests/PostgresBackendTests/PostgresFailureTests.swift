import Logging
import Monitoring
import TestSupport
import Testing

@testable import PostgresBackend

@Suite("A database of PostgreSQL that is away, slow or in demand", .sharedPostgresServer)
struct PostgresFailureTests {
    private static let one: SQL = "SELECT 1 AS one"
    private static let sleep: SQL = "SELECT pg_sleep(60)"

    // MARK: Away

    @Test("A server that was killed is used again when it is back, and a transaction cut short is not run twice")
    func killed() async throws {
        try await withPostgresServer { server in
            let database = try await PostgresDatabase.on(server)
            var runs = 0
            try await expectStoreError(.unavailable) {
                try await database.write { connection in
                    runs += 1
                    try await connection.execute("INSERT INTO setting VALUES ('a', '')")
                    try await server.kill()
                    try await connection.execute("INSERT INTO setting VALUES ('b', '')")
                }
            }
            #expect(runs == 1)
            try await expectStoreError(.unavailable) { _ = try await database.read { try await $0.query(Self.one) } }

            try await server.start()
            var rows: [PostgresRow]?
            try await eventually("the database is used again") {
                rows = try? await database.read {
                    try await $0.query("SELECT name FROM setting WHERE name IN ('a', 'b')")
                }
                return rows != nil
            }
            #expect(rows?.isEmpty == true)
        }
    }

    @Test("A connection that the server has closed meanwhile is no caller's error")
    func restarted() async throws {
        try await withPostgresServer { server in
            let database = try await PostgresDatabase.on(server)
            for _ in 1...2 {
                try await server.stop()
                try await server.start()
                #expect(try await database.read { try await $0.query(Self.one).count } == 1)
            }
            // One that an administrator has ended, while another was in use.
            try await database.read { connection in
                _ = try await database.read { try await $0.query(Self.one) }
                try await connection.execute(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE pid <> pg_backend_pid() AND datname = current_database()
                    """
                )
                try await eventually("the other connection is gone") {
                    try await connection.query(
                        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    ).isEmpty
                }
            }
            for _ in 1...2 {
                let rows = try await database.read { first in
                    _ = try await first.query(Self.one)
                    return try await database.read { try await $0.query(Self.one) }
                }
                #expect(rows.count == 1)
            }
        }
    }

    @Test("A server that can't be reached is not tried again by everybody at once")
    func backoff() async throws {
        // It takes every connection, and closes it at the first bytes.
        try await LocalSite.with { site in
            let database = PostgresDatabase(
                try PostgresConfiguration(url: "postgres://user:pass-word@127.0.0.1:\(site.port)/name?sslmode=disable")
            )
            for _ in 1...200 {
                do {
                    _ = try await database.read { try await $0.query(Self.one) }
                    Issue.record("it answered")
                } catch let error as StoreError {
                    #expect(error.code == .unavailable)
                    #expect(!"\(error)".contains("pass-word"))
                    #expect("\(error)".contains("postgres://127.0.0.1:\(site.port)/name"))
                }
            }
            #expect((1...20).contains(site.acceptedConnections))
        }
    }

    @Test("Connecting to a server that does not answer ends, and so does its wait when it is cancelled")
    func deaf() async throws {
        try await DeafServer.with { port in
            let url = "postgres://127.0.0.1:\(port)/name"
            var configuration = try PostgresConfiguration(url: url)
            configuration.connectLimit = .milliseconds(200)
            let impatient = PostgresDatabase(configuration)
            try await expectStoreError(.unavailable) { _ = try await impatient.read { try await $0.query(Self.one) } }

            configuration.connectLimit = .seconds(600)
            let patient = PostgresDatabase(configuration)
            try await expectCancellation { _ = try await patient.read { try await $0.query(Self.one) } }
        }
    }

    // MARK: Slow

    @Test("A statement that takes too long is given up, and the connection is used again")
    func statementLimit() async throws {
        let database = try await PostgresDatabase.forTest(connections: 1) { $0.statementLimit = .milliseconds(200) }
        let pid: SQL = "SELECT pg_backend_pid() AS pid"
        let before = try await database.read { try await $0.query(pid).first?.int("pid") }
        try await expectStoreError(.unavailable) { _ = try await database.read { try await $0.query(Self.sleep) } }
        #expect(try await database.read { try await $0.query(pid).first?.int("pid") } == before)
    }

    @Test("A server that has fallen silent costs the connection")
    func silence() async throws {
        let database = try await PostgresDatabase.forTest(connections: 1) { configuration in
            configuration.statementLimit = .milliseconds(200)
            configuration.silenceLimit = .milliseconds(200)
        }
        try await expectStoreError(.unavailable) {
            _ = try await database.read { connection in
                try await connection.execute("SET statement_timeout = 0")
                try await connection.execute(Self.sleep)
            }
        }
        #expect(try await database.read { try await $0.query(Self.one).count } == 1)
    }

    @Test("A transaction whose task is cancelled is undone, and its connection replaced")
    func cancelled() async throws {
        let database = try await PostgresDatabase.forTest(connections: 1)
        try await expectCancellation {
            try await database.write { connection in
                try await connection.execute("INSERT INTO setting VALUES ('a', '')")
                try await connection.execute(Self.sleep)
            }
        }
        let rows = try await database.read { try await $0.query("SELECT name FROM setting WHERE name = 'a'") }
        #expect(rows.isEmpty)
    }

    /// Expects that `body`, which would wait for minutes, ends with its task.
    private func expectCancellation(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await body() }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("Waiting for the server takes no thread from others")
    func threads() async throws {
        let database = try await PostgresDatabase.forTest(connections: 16)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...16 {
                group.addTask { _ = try await database.read { try await $0.query("SELECT pg_sleep(60)") } }
            }
            try await eventually("all of them wait") {
                try await otherConnections(of: database, in: "active") == 16
            }
            group.cancelAll()
            while let result = await group.nextResult() {
                #expect(throws: CancellationError.self) { try result.get() }
            }
        }
    }

    // MARK: In demand

    @Test("There are never more connections than allowed, and everybody gets a turn")
    func bound() async throws {
        let database = try await PostgresDatabase.forTest(connections: 3)
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...60 {
                group.addTask {
                    _ = try await database.read { try await $0.query("SELECT pg_sleep(0.01)") }
                    return try await otherConnections(of: database)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.count == 60)
        #expect(counts.allSatisfy { (1...3).contains($0) })
    }

    @Test("Who waits too long for a connection is told so, and who is cancelled leaves the line")
    func waitLimit() async throws {
        let database = try await PostgresDatabase.forTest(connections: 1) { $0.waitLimit = .milliseconds(100) }
        try await database.read { connection in
            try await expectStoreError(.unavailable) {
                _ = try await database.read { try await $0.query(Self.one) }
            }
            // The one that is lent is not disturbed.
            #expect(try await connection.query(Self.one).count == 1)
        }
        let patient = try await PostgresDatabase.forTest(connections: 1) { $0.waitLimit = .seconds(600) }
        try await patient.read { _ in
            try await expectCancellation { _ = try await patient.read { try await $0.query(Self.one) } }
        }
        #expect(try await patient.read { try await $0.query(Self.one).count } == 1)
    }
}

extension PostgresFailureTests {
    @Test("A database whose connections are all in use does not count as away, and one that is away does")
    func busy() async throws {
        try await withPostgresServer { server in
            let database = PostgresDatabase(try PostgresConfiguration(url: server.url(of: "postgres"), connections: 1))
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let health = PostgresHealth(database: database, time: SystemTime(), logger: logger)
            try await database.read { _ in await health.look() }
            #expect(health.readiness == .ready)
            try await server.stop()
            await health.look()
            #expect(health.readiness != .ready)
            try await server.start()
            try await eventually("it is there again") {
                await health.look()
                return health.readiness == .ready
            }
        }
    }
}

/// How many connections a database's clients have, as another connection sees it.
private func otherConnections(of database: PostgresDatabase, in state: String? = nil) async throws -> Int {
    let server = try #require(SharedPostgresServer.current)
    let observer = PostgresDatabase(try PostgresConfiguration(url: server.url(of: "postgres")))
    let name = database.place.split(separator: "/").last.map(String.init)
    let rows = try await observer.read { connection in
        try await connection.query(
            """
            SELECT count(*) AS count FROM pg_stat_activity
            WHERE datname = $1 AND application_name = 'tocsin' AND ($2::text IS NULL OR state = $2)
            """,
            [.text(name), .text(state)]
        )
    }
    return Int(try rows.first?.int("count") ?? 0)
}
