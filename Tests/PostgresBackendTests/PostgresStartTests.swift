import Foundation
import Monitoring
import Notifications
import StoredForms
import TestSupport
import Testing

@testable import PostgresBackend

@Suite("Starting on a database of PostgreSQL", .sharedPostgresServer)
struct PostgresStartTests {
    private func databases(_ count: Int) async throws -> [PostgresDatabase] {
        let url = try await #require(SharedPostgresServer.current).makeDatabase()
        return try (0..<count).map { _ in PostgresDatabase(try PostgresConfiguration(url: url)) }
    }

    @Test("Four first starts at once make the tables and the first token once")
    func firstStarts() async throws {
        let databases = try await databases(4)
        let made = try await withThrowingTaskGroup(of: Bool.self) { group in
            for (number, database) in databases.enumerated() {
                group.addTask {
                    try await database.migrate()
                    return try await PostgresTokenStore(database: database, time: ManualTime())
                        .addFirstToken(named: "first", scopes: [.manage], hash: "\(number)")
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
        let tokens = try await databases[0].read { try await $0.query("SELECT id FROM token") }
        #expect(tokens.count == 1)
    }

    @Test("Another program's tables are left alone")
    func otherTables() async throws {
        let database = try await databases(1)[0]
        try await database.write { connection in
            try await connection.execute("CREATE TABLE public.site (id text)")
            try await connection.execute("INSERT INTO public.site VALUES ('theirs')")
        }
        try await database.migrate()
        #expect(try await database.read { try await $0.query("SELECT id FROM site") }.isEmpty)
        #expect(try await database.read { try await $0.query("SELECT id FROM public.site") }.count == 1)
    }

    @Test("A database that a newer version has written is refused, and not changed")
    func newer() async throws {
        let database = try await databases(1)[0]
        try await database.migrate()
        try await database.write { try await $0.execute("INSERT INTO migration VALUES ('stores 99')") }
        try await expectStoreError(.unusable) { try await database.migrate() }
    }

    @Test("A wrong key is refused at the start")
    func wrongKey() async throws {
        let database = try await databases(1)[0]
        try await database.migrate()
        try await SecretBox(key: nil).verify(in: database)
        try await SecretBox(key: "the right key").verify(in: database)
        try await SecretBox(key: "the right key").verify(in: database)
        try await expectStoreError(.unusable) { try await SecretBox(key: "a wrong key").verify(in: database) }
        try await expectStoreError(.unusable) { try await SecretBox(key: nil).verify(in: database) }
    }

    @Test("TLS is asked for in the URL, and a server without the right certificate is refused")
    func tls() async throws {
        try await withTemporaryDirectory { directory in
            let certificates = try TestCertificates(in: directory)
            try await withPostgresServer(certificates: certificates) { server in
                func database(_ query: String) throws -> PostgresDatabase {
                    PostgresDatabase(try PostgresConfiguration(url: server.url(of: "postgres") + "?" + query))
                }
                let verified = try database("sslmode=verify-full&sslrootcert=\(certificates.rootPath)")
                let rows = try await verified.read {
                    try await $0.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                }
                #expect(try rows.first?.bool("ssl") == true)
                let other = try database("sslmode=verify-full&sslrootcert=\(certificates.certificatePath(.wrongHost))")
                try await expectStoreError(.unavailable) { _ = try await other.read { try await $0.query("SELECT 1") } }
            }
        }
    }

    @Test(
        "A URL that can't be read is refused without showing it",
        arguments: [
            "postgres://user:pass-word@host:notaport/name", "postgres://user:pass-word@host/name?nonsense=1",
            "postgres://user:pass-word%zz@host/name", "mysql://user:pass-word@host/name",
        ]
    )
    func wrongURL(_ url: String) async throws {
        let error = #expect(throws: StoreError.self) { try PostgresConfiguration(url: url) }
        #expect(error?.message.contains("pass-word") == false)
    }

    @Test(
        "The place of a database is its URL without user and password",
        arguments: [
            ("postgres://user:pass@host:5433/name?sslmode=require", "postgres://host:5433/name"),
            ("postgresql://host/name", "postgres://host/name"),
            ("postgres://a:1,b:2/name?target_session_attrs=read-write", "postgres://a:1,b:2/name"),
            ("postgres://[::1]:5432/name", "postgres://[::1]:5432/name"),
            ("postgres:///name?host=/run/postgresql&password=pass", "postgres:///run/postgresql/name"),
        ]
    )
    func places(_ url: String, _ place: String) throws {
        #expect(try PostgresConfiguration(url: url).place == place)
    }
}
