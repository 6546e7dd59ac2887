internal import Logging
internal import Redis

/// What a Redis must be for the queues to be safe in it, asked at the start.
enum RedisRequirements {
    /// Asks the server, and warns of what is not well.
    ///
    /// - Throws: ``CommandError`` where it can't be reached, lets us not in, is too old, or may evict our keys.
    static func check(_ client: RedisClient, logger: Logger) async throws {
        let info: String
        do {
            info = try await client.send(RedisCommand("INFO")).string()
        } catch let error as RedisError {
            throw CommandError(
                error.code == .reply || error.code == .authentication ? .failure : .unavailable,
                "\(error)",
                cause: error
            )
        }
        let fields = Dictionary(
            info.split(whereSeparator: \.isNewline).compactMap { line -> (String, String)? in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                return (String(line[..<colon]), String(line[line.index(after: colon)...]))
            },
            uniquingKeysWith: { _, last in last }
        )
        let version = fields["valkey_version"] ?? fields["redis_version"] ?? "0"
        guard let major = version.split(separator: ".").first.flatMap({ Int($0) }), major >= 7 else {
            throw CommandError(.failure, "The broker is Redis \(version); Tocsin needs Redis 7.0 or later, or Valkey.")
        }
        let policy = fields["maxmemory_policy"] ?? "noeviction"
        guard policy == "noeviction" else {
            throw CommandError(
                .failure,
                "The broker may evict keys when it is full (maxmemory-policy \(policy)), which would lose alerts; "
                    + "set maxmemory-policy noeviction."
            )
        }
        if fields["maxmemory"] == "0" {
            logger.warning("the broker has no maxmemory: when it grows beyond its machine it is killed; set one")
        }
        if fields["aof_enabled"] == "0" {
            logger.warning(
                "the broker keeps no append-only file: what is queued is gone when it restarts; set appendonly yes"
            )
        }
    }
}
