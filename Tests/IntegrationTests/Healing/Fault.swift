internal import Redis
internal import TestSupport
internal import Testing

/// Something that happens to Redis, or on the way to it.
enum Fault: String, Sendable, CustomTestStringConvertible {
    case killedConnections, halfOpen, lostRequests, lostReplies, paused, pausedWrites
    case killed, restarted, loading, failedOver
    case outOfMemory, fullWithoutFunctions, fullDisk, flushedFunctions, flushed

    var testDescription: String { rawValue }

    /// The roles that can't do their work while it lasts, as `/readyz` calls them; none where it is over at once.
    var stops: Set<String> {
        switch self {
        case .killedConnections, .paused, .restarted, .failedOver, .flushedFunctions, .flushed: []
        // What waits is worked off all the same.
        case .outOfMemory: ["api", "pusher"]
        // The API tries for a while before it gives up, by when all may be loaded.
        case .loading: ["pusher", "monitor", "notifier"]
        case .halfOpen, .lostRequests, .lostReplies, .pausedWrites, .killed, .fullWithoutFunctions, .fullDisk:
            ["api", "pusher", "monitor", "notifier"]
        }
    }

    /// What all of these roles give as their reason.
    var reason: String {
        switch self {
        case .loading: "LOADING"
        case .outOfMemory, .fullWithoutFunctions: "raise its maxmemory"
        default: "Redis"
        }
    }

    /// Makes it happen.
    ///
    /// - Parameters:
    ///   - pair: Whom it happens to.
    ///   - isFelt: Waits until the roles that it stops have said so.
    /// - Throws: Where it can't be made to happen, or what `isFelt` throws.
    func happen(to pair: RedisPair, until isFelt: () async throws -> Void) async throws {
        let (redis, network) = (pair.primary, pair.forwarder)
        switch self {
        case .killedConnections:
            for _ in 1...3 {
                try await redis.ask("CLIENT", "KILL", "TYPE", "normal")
                try await Task.sleep(for: .milliseconds(50))
            }
        case .halfOpen: try await lose([.toServer, .toClient], on: network, until: isFelt)
        case .lostRequests: try await lose([.toServer], on: network, until: isFelt)
        case .lostReplies: try await lose([.toClient], on: network, until: isFelt)
        case .paused:
            // All clients, so that no command could end it before its time.
            try await redis.ask("CLIENT", "PAUSE", "2000", "ALL")
            try await redis.ask("PING", within: .seconds(10))
        case .pausedWrites:
            try await redis.ask("CLIENT", "PAUSE", "600000", "WRITE")
            try await isFelt()
            try await redis.ask("CLIENT", "UNPAUSE")
        case .killed:
            try await redis.kill()
            try await isFelt()
            try await redis.start()
        case .restarted:
            try await redis.stop()
            try await redis.start()
        case .loading: try await load(redis, until: isFelt)
        case .failedOver: try await pair.failOver()
        case .outOfMemory:
            try await redis.ask("CONFIG", "SET", "maxmemory", "1")
            try await isFelt()
            try await redis.ask("CONFIG", "SET", "maxmemory", "0")
        case .fullWithoutFunctions:
            try await redis.ask("CONFIG", "SET", "maxmemory", "1")
            try await redis.ask("FUNCTION", "FLUSH")
            try await isFelt()
            try await redis.ask("CONFIG", "SET", "maxmemory", "0")
        case .fullDisk:
            let process = try #require(redis.processID)
            try await FileSizeLimit.set(1, of: process)
            try await isFelt()
            try await FileSizeLimit.set(nil, of: process)
        case .flushedFunctions:
            try await redis.ask("SCRIPT", "FLUSH")
            try await redis.ask("FUNCTION", "FLUSH")
        case .flushed: try await redis.ask("FLUSHALL")
        }
    }

    private func lose(
        _ directions: Set<TCPForwarder.Direction>,
        on network: TCPForwarder,
        until isFelt: () async throws -> Void
    ) async throws {
        network.lose(directions)
        try await isFelt()
        network.heal()
    }

    /// Starts a server that takes long to load its data, and answers LOADING meanwhile.
    private func load(_ redis: RedisServer, until isFelt: () async throws -> Void) async throws {
        try await redis.withForeignClient { client in
            let fill = "for i = 1, 2000 do redis.call('SET', 'ballast:' .. i, string.rep('x', 100)) end"
            try await client.command("EVAL", .string(fill), 0)
            // Only what is in the base of the file is loaded key by key.
            try await client.command("BGREWRITEAOF")
        }
        try await eventually("the file is rewritten") {
            let states = [
                try await redis.info("aof_rewrite_in_progress"), try await redis.info("aof_rewrite_scheduled"),
            ]
            return states == ["0", "0"]
        }
        try await redis.kill()
        async let started: Void = redis.start(
            ["--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"]
        )
        try await isFelt()
        try await started
        try await redis.ask("CONFIG", "SET", "key-load-delay", "0")
    }
}
