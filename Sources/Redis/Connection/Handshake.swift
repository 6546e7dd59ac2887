import DequeModule
import NIOCore

/// The first words on a connection: version of the protocol, login, name, database.
///
/// HELLO 3 says nearly all of it at once. A server without HELLO gets the commands of RESP2 instead.
struct Handshake {
    /// What is known of the server once it has let us in.
    struct Server: Sendable, Equatable {
        var usesRESP3: Bool
        /// The number by which CLIENT UNBLOCK knows this connection.
        var clientID: Int?
    }

    enum Action: Equatable {
        case wait
        case send([RedisCommand])
        case ready(Server)
        case fail(code: RedisError.Code, message: String)
    }

    private enum Step {
        case hello, authenticate, setName, select, clientID
        /// The reply to something that was sent together with a HELLO that the server does not know.
        case ignored
    }

    private let user: String?
    private let password: String?
    private let clientName: String
    private let database: Int
    private var awaited: Deque<Step> = []
    private var server = Server(usesRESP3: true, clientID: nil)
    private var fallsBack = false

    init(user: String?, password: String?, clientName: String, database: Int) {
        self.user = user
        self.password = password
        // The server takes no blank in a name.
        self.clientName = String(clientName.unicodeScalars.map { ("!"..."~").contains($0) ? Character($0) : "-" })
        self.database = database
    }

    /// What to send first.
    mutating func start() -> [RedisCommand] {
        var arguments: [RedisArgument] = [3]
        if let password { arguments += ["AUTH", .string(user ?? "default"), .string(password)] }
        if !clientName.isEmpty { arguments += ["SETNAME", .string(clientName)] }
        awaited = [.hello]
        return [RedisCommand("HELLO", arguments: arguments)] + selectCommand()
    }

    /// Takes the reply to the earliest command that has none.
    mutating func receive(_ value: RESPValue) -> Action {
        guard let step = awaited.popFirst() else {
            return .fail(code: .protocolViolation, message: "Redis answered a login that was not sent.")
        }
        switch (step, value) {
        case (.ignored, _), (.setName, _): break
        case (.hello, .error(let reply)) where Self.isUnknown(reply): fallsBack = true
        case (.hello, .error(let reply)), (.authenticate, .error(let reply)): return Self.refused(reply)
        case (.hello, _):
            guard case .map(let entries) = value else {
                return .fail(code: .protocolViolation, message: "Redis answered HELLO with \(value.kind).")
            }
            for entry in entries {
                guard case .integer(let id) = entry.value, entry.key == .bulkString(ByteBuffer(string: "id")) else {
                    continue
                }
                server.clientID = Int(exactly: id)
            }
        case (.select, .error(let reply)):
            if reply.code == "NOAUTH" { return Self.refused(reply) }
            return .fail(code: .configuration, message: "Redis has no database \(database) for us: \(reply).")
        case (.clientID, .integer(let id)): server.clientID = Int(exactly: id)
        case (.authenticate, _), (.select, _), (.clientID, _): break
        }
        if fallsBack {
            for index in awaited.indices { awaited[index] = .ignored }
            if awaited.isEmpty {
                fallsBack = false
                return .send(startRESP2())
            }
        }
        return awaited.isEmpty ? .ready(server) : .wait
    }

    private mutating func startRESP2() -> [RedisCommand] {
        server.usesRESP3 = false
        var commands: [RedisCommand] = []
        if let password {
            awaited.append(.authenticate)
            commands.append(RedisCommand("AUTH", arguments: (user.map { [.string($0)] } ?? []) + [.string(password)]))
        }
        if !clientName.isEmpty {
            awaited.append(.setName)
            commands.append(RedisCommand("CLIENT SETNAME", .string(clientName)))
        }
        commands += selectCommand()
        awaited.append(.clientID)
        return commands + [RedisCommand("CLIENT ID")]
    }

    private mutating func selectCommand() -> [RedisCommand] {
        guard database != 0 else { return [] }
        awaited.append(.select)
        return [RedisCommand("SELECT", RedisArgument(database))]
    }

    private static func isUnknown(_ reply: RedisReplyError) -> Bool {
        reply.code == "NOPROTO" || reply.message.lowercased().hasPrefix("unknown command")
    }

    private static func refused(_ reply: RedisReplyError) -> Action {
        let isLogin =
            ["WRONGPASS", "NOAUTH", "NOPERM"].contains(reply.code) || reply.message.contains("AUTH")
            || reply.message.contains("password")
        guard isLogin else { return .fail(code: .connectionFailed, message: "Redis turned us away: \(reply).") }
        return .fail(
            code: .authentication,
            message: "Redis refused the login: \(reply). Check the user and the password in the Redis URL."
        )
    }
}
