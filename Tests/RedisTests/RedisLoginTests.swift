import Foundation
import TestSupport
import Testing

@testable import Redis

@Suite struct RedisLoginTests {
    @Test("A connection has its name, its database and RESP3")
    func nameAndDatabase() async throws {
        try await withRedisServer { server in
            try await withRedisClient(url: server.url + "/5", configure: { $0.clientName = "my app" }) {
                client async throws in
                let info = try await client.send(RedisCommand("CLIENT INFO")).string()
                #expect(info.contains(" name=my-app "))
                #expect(info.contains(" db=5 "))
                #expect(info.contains(" resp=3"))
                _ = try await client.send(RedisCommand("SET", "here", 1))
            }
            try await withRedisClient(url: server.url) { client async throws in
                #expect(try await client.send(RedisCommand("EXISTS", "here")).int() == 0)
            }
        }
    }

    @Test("A database that is not there is an error at once")
    func wrongDatabase() async throws {
        try await withRedisServer { server in
            try await withRedisClient(url: server.url + "/99") { client async throws in
                let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
                #expect(error?.code == .configuration)
                #expect(error?.message.contains("database 99") == true)
            }
        }
    }

    @Test("An ACL user logs in, with a password that has to be percent-encoded")
    func aclUser() async throws {
        try await withRedisClient { admin, server in
            _ = try await admin.send(
                RedisCommand("ACL SETUSER", "worker", "on", ">p@ss/w:rd", "~*", "+@all", "-flushall")
            )
            let url = server.url.replacingOccurrences(of: "redis://", with: "redis://worker:p%40ss%2Fw%3Ard@")
            try await withRedisClient(url: url) { client async throws in
                #expect(try await client.send(RedisCommand("ACL WHOAMI")).string() == "worker")
                let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("FLUSHALL")) }
                #expect(error?.reply?.code == "NOPERM")
            }
        }
    }

    @Test("The default user's password is needed, and a wrong one is a clear error that does not repeat it")
    func passwords() async throws {
        try await withRedisServer(arguments: ["--requirepass", "right"]) { server in
            let address = "127.0.0.1:\(server.port)"
            try await withRedisClient(url: "redis://:right@\(address)") { client async throws in
                #expect(try await client.send(RedisCommand("PING")).string() == "PONG")
            }
            for login in ["", ":wr0ng@", "nobody:wr0ng@"] {
                try await withRedisClient(url: "redis://\(login)\(address)") { client async throws in
                    let clock = ContinuousClock()
                    let start = clock.now
                    let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
                    #expect(error?.code == .authentication)
                    #expect(error?.message.contains("password") == true)
                    #expect(error?.message.contains("wr0ng") == false)
                    #expect(error?.mayHaveRun == false)
                    // It does not wait until the limit for what can't become right.
                    #expect(clock.now - start < .milliseconds(1_400))
                }
            }
        }
    }

    @Test("rediss:// speaks TLS to a server whose CA is named, and to no other")
    func tls() async throws {
        try await withTemporaryDirectory { directory in
            let (certificate, key) = try await makeCertificate(in: directory)
            let arguments = [
                "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate,
                "--tls-auth-clients", "no",
            ]
            try await withRedisServer(arguments: arguments) { server in
                try await withRedisClient(url: "\(server.url)?ca=\(certificate)") { client async throws in
                    _ = try await client.send(RedisCommand("SET", "a", "b"))
                    let session = RedisSession(client: client, name: "tls")
                    #expect(try await session.send(RedisCommand("GET", "a")).string() == "b")
                    await session.close()
                }
                try await withRedisClient(url: server.url) { client async throws in
                    let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("PING")) }
                    #expect(error?.code == .connectionFailed)
                    #expect(error?.message.contains("?ca=PATH") == true)
                }
            }
        }
    }

    /// Makes a certificate for 127.0.0.1 that is its own CA.
    private func makeCertificate(in directory: String) async throws -> (certificate: String, key: String) {
        let openssl = try #require(findExecutable("openssl"), "openssl is needed. Run `make test`, which brings it.")
        let certificate = "\(directory)/server.crt"
        let key = "\(directory)/server.key"
        let process = try ChildProcess(
            openssl,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ]
        )
        await process.ended()
        try #require(process.status == 0)
        return (certificate, key)
    }
}
