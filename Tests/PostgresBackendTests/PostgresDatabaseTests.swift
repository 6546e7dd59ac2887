import Monitoring
import TestSupport
import Testing

@testable import PostgresBackend

@Suite("A database of PostgreSQL", .sharedPostgresServer)
struct PostgresDatabaseTests {
    @Test("Parameters come back as they were sent")
    func parameters() async throws {
        let database = try await PostgresDatabase.forTest()
        let row = try await database.read { connection in
            try #require(
                try await connection.query(
                    """
                    SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d, $5 AS e, $6 AS f, $7 AS g,
                    1::smallint AS small, 2 AS integer, 'n'::name AS name
                    """,
                    [
                        .int(.min), .text("ü 'quoted' \\ \n"), .bytes([0, 255, 10]), .double(-1.5), .bool(true),
                        .int(nil), .text(""),
                    ]
                ).first
            )
        }
        #expect(try row.int("a") == .min)
        #expect(try row.text("b") == "ü 'quoted' \\ \n")
        #expect(try row.bytes("c") == [0, 255, 10])
        #expect(try row.double("d") == -1.5)
        #expect(try row.bool("e"))
        #expect(try row.optionalInt("f") == nil)
        #expect(try row.text("g").isEmpty)
        #expect(try row.int("small") == 1)
        #expect(try row.int("integer") == 2)
        #expect(try row.text("name") == "n")
    }

    @Test("Arrays become rows")
    func arrays() async throws {
        let database = try await PostgresDatabase.forTest()
        let rows = try await database.read { connection in
            try await connection.query(
                "SELECT * FROM unnest($1, $2, $3) WITH ORDINALITY AS given (number, text, bytes, place) ORDER BY place",
                [.ints([7, nil]), .texts([nil, "{\"a\",b}"]), .blobs([[1], []])]
            )
        }
        #expect(try rows.map { try $0.optionalInt("number") } == [7, nil])
        #expect(try rows.map { try $0.optionalText("text") } == [nil, "{\"a\",b}"])
        #expect(try rows.map { try $0.bytes("bytes") } == [[1], []])
        let none = try await database.read { try await $0.query("SELECT unnest($1)", [.ints([])]) }
        #expect(none.isEmpty)
    }

    @Test("A column that is not what its reader expects is named")
    func wrongColumns() async throws {
        let database = try await PostgresDatabase.forTest()
        let row = try await database.read { try #require(try await $0.query("SELECT 1 AS a, NULL::text AS b").first) }
        for (read, name) in [
            ({ _ = try row.text("a") }, "a"), ({ _ = try row.text("b") }, "b"), ({ _ = try row.int("c") }, "c"),
        ] as [(() throws -> Void, String)] {
            let error = #expect(throws: PostgresError.self) { try read() }
            #expect(error?.message.contains(" column \(name)") == true)
        }
        try await expectStoreError(.unusable) {
            _ = try await database.read { try await $0.query("SELECT 1::numeric AS price") }
        }
        #expect(try await database.read { try await $0.query("SELECT 1 AS a") }.count == 1)
    }

    @Test("The character that PostgreSQL has no place for does not stop a record")
    func nul() async throws {
        let database = try await PostgresDatabase.forTest()
        let row = try await database.read { try await $0.query("SELECT $1 AS a", [.text("a\0b")]).first }
        #expect(try row?.text("a") == "a\u{FFFD}b")
    }

    @Test("A transaction that fails has changed nothing")
    func rollsBack() async throws {
        let database = try await PostgresDatabase.forTest(connections: 1)
        try await database.write { try await $0.execute("CREATE TABLE thing (id bigint PRIMARY KEY)") }
        try await expectStoreError(.conflict) {
            try await database.write { connection in
                try await connection.execute("INSERT INTO thing VALUES (1)")
                try await connection.execute("INSERT INTO thing VALUES (1)")
            }
        }
        try await expectStoreError(.unusable) {
            try await database.write { connection in
                try await connection.execute("INSERT INTO thing VALUES (1)")
                // Its failure must not be mistaken for a commit.
                _ = try? await connection.execute("SELECT 1/0")
            }
        }
        #expect(try await database.read { try await $0.query("SELECT id FROM thing") }.isEmpty)
    }

    @Test("Transactions that lock each other's rows both succeed")
    func deadlock() async throws {
        let database = try await PostgresDatabase.forTest()
        try await database.write { connection in
            try await connection.execute("CREATE TABLE counter (id bigint PRIMARY KEY, n bigint)")
            try await connection.execute("INSERT INTO counter VALUES (1, 0), (2, 0)")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for order in [[1, 2], [2, 1]] as [[Int64]] {
                group.addTask {
                    for _ in 0..<3 {
                        try await database.write { connection in
                            for id in order {
                                try await connection.execute("UPDATE counter SET n = n + 1 WHERE id = $1", [.int(id)])
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let rows = try await database.read { try await $0.query("SELECT n FROM counter") }
        #expect(try rows.map { try $0.int("n") } == [6, 6])
    }

    @Test("A snapshot does not see what is committed meanwhile")
    func snapshot() async throws {
        let database = try await PostgresDatabase.forTest()
        try await database.write { try await $0.execute("CREATE TABLE thing (id bigint PRIMARY KEY)") }
        let count: SQL = "SELECT count(*) AS n FROM thing"
        try await database.snapshot { connection in
            _ = try await connection.query(count)
            try await database.write { try await $0.execute("INSERT INTO thing VALUES (1)") }
            #expect(try await connection.query(count).first?.int("n") == 0)
        }
        #expect(try await database.read { try await $0.query(count).first?.int("n") } == 1)
    }
}
