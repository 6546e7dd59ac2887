internal import Monitoring
internal import Redis

/// What stood under WATCH when a page was about to be pushed.
///
/// It holds until the connection's next EXEC. The leader's name is read as well, because after a failover that lost its
/// last second two pushers may have been given the same epoch.
struct EpochWatch {
    static func commands(_ keys: JobStreamKeys) -> [RedisCommand] {
        [
            RedisCommand("WATCH", .string(keys.epoch)),
            RedisCommand("GET", .string(keys.epoch)),
            RedisCommand("HGET", .string(keys.leader), "holder"),
            RedisCommand("TYPE", .string(keys.stream)),
        ]
    }

    let connection: Int
    let epoch: String?
    let holder: String?
    /// Whether pages can be added; if the key held something else, its mark would move without them.
    let isStream: Bool

    init(_ replies: some Collection<RESPValue>, connection: Int) throws {
        let replies = Array(replies)
        guard replies.count == 4 else {
            throw RedisError(.unexpectedReply, "Redis answered \(replies.count) of 4 commands.")
        }
        self.connection = connection
        _ = try replies[0].string()
        epoch = try replies[1].optionalString()
        holder = try replies[2].optionalString()
        isStream = ["none", "stream"].contains(try replies[3].string())
    }

    /// Whether the lead was this one when the watch was made.
    func isOf(_ leadership: Leadership) -> Bool {
        epoch == String(leadership.epoch) && holder == leadership.holder
    }
}
