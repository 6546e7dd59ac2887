internal import Synchronization

/// Two Redis servers behind one fixed address: the primary, and a replica that can be promoted.
package final class RedisPair: Sendable {
    private let servers: Mutex<(primary: RedisServer, replica: RedisServer)>
    /// The address that clients are given.
    package let forwarder: TCPForwarder

    fileprivate init(primary: RedisServer, replica: RedisServer, forwarder: TCPForwarder) {
        servers = Mutex((primary, replica))
        self.forwarder = forwarder
    }

    /// The server that takes writes now.
    package var primary: RedisServer { servers.withLock { $0.primary } }

    /// The server that follows it.
    package var replica: RedisServer { servers.withLock { $0.replica } }

    /// Where clients find the primary, whichever it is.
    package var url: String { "redis://127.0.0.1:\(forwarder.port)" }

    /// Makes the replica the primary once it has everything, and the primary its replica.
    ///
    /// The address leads to the new one from then on. Connections that are there stay with the old one, which is
    /// read-only now.
    package func failOver() async throws {
        let (old, new) = servers.withLock { $0 }
        try await follow()
        try await old.ask("FAILOVER", "TO", "127.0.0.1", "\(new.port)")
        try await eventually("the replica is promoted") { try await new.info("role") == "master" }
        forwarder.redirect(to: new.port)
        try await eventually("the old primary follows it") { try await old.info("role") == "slave" }
        servers.withLock { $0 = (new, old) }
    }

    /// Waits until the replica follows the primary.
    package func follow() async throws {
        let (primary, replica) = servers.withLock { $0 }
        try await eventually("the replica has caught up") {
            let state = try await primary.info("slave0") ?? ""
            return try await replica.info("master_link_status") == "up" && state.contains("state=online")
        }
    }
}

/// Runs `body` with a pair of servers that write an append-only file each second; they are ended afterwards.
package func withRedisPair<Result>(_ body: (RedisPair) async throws -> Result) async throws -> Result {
    // Else a replica waits five seconds for others to come, and a primary that ends waits ten for its replica.
    let arguments = ["--repl-diskless-sync-delay", "0", "--shutdown-timeout", "0"]
    return try await withRedisServer(arguments: arguments, appendOnly: true) { primary in
        try await withRedisServer(arguments: arguments, appendOnly: true) { replica in
            try await TCPForwarder.with(target: primary.port) { forwarder in
                let pair = RedisPair(primary: primary, replica: replica, forwarder: forwarder)
                try await replica.ask("REPLICAOF", "127.0.0.1", "\(primary.port)")
                try await pair.follow()
                return try await body(pair)
            }
        }
    }
}
