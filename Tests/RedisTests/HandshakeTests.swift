import NIOCore
import Testing

@testable import Redis

@Suite struct HandshakeTests {
    private let hello = RESPValue.map([
        .init(.bulkString(ByteBuffer(string: "server")), .bulkString(ByteBuffer(string: "redis"))),
        .init(.bulkString(ByteBuffer(string: "id")), .integer(12)),
    ])

    @Test("HELLO says version, login and name at once, and SELECT goes with it")
    func hello3() {
        var handshake = Handshake(user: "u", password: "p", clientName: "my app", database: 2)
        #expect(
            handshake.start() == [
                RedisCommand("HELLO", 3, "AUTH", "u", "p", "SETNAME", "my-app"), RedisCommand("SELECT", 2),
            ]
        )
        #expect(handshake.receive(hello) == .wait)
        #expect(handshake.receive(.simpleString("OK")) == .ready(.init(usesRESP3: true, clientID: 12)))
    }

    @Test("A password without a user is the default user's")
    func defaultUser() {
        var handshake = Handshake(user: nil, password: "p", clientName: "", database: 0)
        #expect(handshake.start() == [RedisCommand("HELLO", 3, "AUTH", "default", "p")])
    }

    @Test(
        "A server without HELLO is spoken to in RESP2",
        arguments: ["ERR unknown command 'HELLO'", "NOPROTO unsupported protocol version"]
    )
    func fallsBack(error: String) {
        var handshake = Handshake(user: nil, password: "p", clientName: "app", database: 2)
        #expect(handshake.start().count == 2)
        #expect(handshake.receive(.error(.init(line: error))) == .wait)
        // The SELECT that went with HELLO came before the login.
        #expect(
            handshake.receive(.error(.init(line: "NOAUTH Authentication required.")))
                == .send([
                    RedisCommand("AUTH", "p"), RedisCommand("CLIENT SETNAME", "app"), RedisCommand("SELECT", 2),
                    RedisCommand("CLIENT ID"),
                ])
        )
        #expect(handshake.receive(.simpleString("OK")) == .wait)
        #expect(handshake.receive(.error(.init(line: "ERR unknown command"))) == .wait)
        #expect(handshake.receive(.simpleString("OK")) == .wait)
        #expect(handshake.receive(.integer(4)) == .ready(.init(usesRESP3: false, clientID: 4)))
    }

    @Test(
        "A refused login is told apart from other refusals",
        arguments: [
            ("WRONGPASS invalid username-password pair or user is disabled.", RedisError.Code.authentication),
            ("NOAUTH HELLO must be called with the client already authenticated", .authentication),
            ("ERR max number of clients reached", .connectionFailed),
        ]
    )
    func refusals(line: String, code: RedisError.Code) {
        var handshake = Handshake(user: "u", password: "p", clientName: "", database: 0)
        _ = handshake.start()
        guard case .fail(code, let message) = handshake.receive(.error(.init(line: line))) else {
            Issue.record("not refused with \(code)")
            return
        }
        #expect(message.contains(line.prefix(9)))
    }

    @Test("A database that is not there is named")
    func wrongDatabase() {
        var handshake = Handshake(user: nil, password: nil, clientName: "", database: 99)
        _ = handshake.start()
        _ = handshake.receive(hello)
        #expect(
            handshake.receive(.error(.init(line: "ERR DB index is out of range")))
                == .fail(
                    code: .configuration,
                    message: "Redis has no database 99 for us: ERR DB index is out of range."
                )
        )
    }
}
