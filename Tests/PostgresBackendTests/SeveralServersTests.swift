import Monitoring
import TestSupport
import Testing

@testable import PostgresBackend

@Suite("A database on several servers")
struct SeveralServersTests {
    private static let port: SQL = "SELECT inet_server_port()::bigint AS port"

    private func database(
        _ hosts: String,
        _ change: (inout PostgresConfiguration) -> Void = { _ in }
    ) throws
        -> PostgresDatabase
    {
        var configuration = try PostgresConfiguration(url: "postgres://postgres@\(hosts)/postgres", connections: 2)
        change(&configuration)
        return PostgresDatabase(configuration)
    }

    private func port(of database: PostgresDatabase) async throws -> Int? {
        try await database.read { try await $0.query(Self.port).first.map { Int(try $0.int("port")) } }
    }

    @Test("A server that takes connections and never answers leaves the next its time")
    func silent() async throws {
        try await withPostgresServer { server in
            try await TCPForwarder.with(target: server.port) { silent in
                silent.lose([.toServer, .toClient])
                let database = try database("127.0.0.1:\(silent.port),127.0.0.1:\(server.port)") {
                    $0.connectLimit = .milliseconds(1_500)
                }
                #expect(try await port(of: database) == server.port)
                // The one that answered is tried first from then on.
                let met = silent.accepted
                #expect(met > 0)
                let second = try await database.read { _ in try await port(of: database) }
                #expect(second == server.port)
                #expect(silent.accepted == met)
            }
        }
    }

    @Test("Of a primary and its standby the primary is used, and after a failover the one that was promoted")
    func failover() async throws {
        try await withPostgresPair { primary, standby in
            try await DeafServer.with { deaf in
                let hosts = [deaf, standby.port, primary.port].map { "127.0.0.1:\($0)" }.joined(separator: ",")
                let database = try database(hosts) { $0.connectLimit = .milliseconds(1_500) }
                #expect(try await port(of: database) == primary.port)
                let write: SQL = "CREATE TABLE IF NOT EXISTS public.written (id bigint)"
                try await database.write { try await $0.execute(write) }

                // What it has written last may not have come to the standby.
                try await primary.kill()
                try await standby.promote()
                try await eventually("the standby is written to") {
                    do {
                        try await database.write { try await $0.execute(write) }
                        return true
                    } catch let error as StoreError {
                        #expect(error.code == .unavailable)
                        return false
                    }
                }
                #expect(try await port(of: database) == standby.port)
            }
        }
    }

    @Test("A connection whose server has become read-only is not used again")
    func demoted() async throws {
        try await withPostgresServer { first in
            try await withPostgresServer { second in
                let database = try database("127.0.0.1:\(first.port),127.0.0.1:\(second.port)")
                #expect(try await port(of: database) == first.port)
                try await self.database("127.0.0.1:\(first.port)").read { connection in
                    try await connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
                    try await connection.execute("SELECT pg_reload_conf()")
                }
                try await eventually("the other server is written to") {
                    do {
                        try await database.write {
                            try await $0.execute("CREATE TABLE IF NOT EXISTS public.written (id bigint)")
                        }
                        return try await port(of: database) == second.port
                    } catch let error as StoreError {
                        #expect(error.code == .unavailable)
                        return false
                    }
                }
            }
        }
    }

    @Test("Where none can be reached, it is said what each of them said, and no password")
    func none() async throws {
        let ports = [try await freePort(), try await freePort()]
        let database = PostgresDatabase(
            try PostgresConfiguration(url: "postgres://u:pass-word@127.0.0.1:\(ports[0]),127.0.0.1:\(ports[1])/name")
        )
        let error = await #expect(throws: StoreError.self) { try await port(of: database) }
        let message = error?.message ?? ""
        for port in ports { #expect(message.contains("port \(port) failed")) }
        #expect(!message.contains("pass-word"))
    }

    @Test(
        "A list of servers that makes no sense is refused at the start",
        arguments: [
            "postgres://a:1,b:2/name?port=1,2,3", "postgres://a,b/name?hostaddr=10.0.0.1",
            "postgres://a,b/name?target_session_attrs=standby", "postgres://a,b/name?target_session_attrs=read-only",
        ]
    )
    func wrong(_ url: String) {
        #expect(throws: StoreError.self) { try PostgresConfiguration(url: url) }
    }
}
