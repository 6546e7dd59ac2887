internal import Monitoring
internal import Redis

/// What the function `survey` answers.
struct StreamSurvey {
    let now: Timestamp
    /// Entries that are the business of our own workers; what other programs acknowledged is not.
    let pushed: Int
    let waiting: Int
    let held: Int
    let ends: [JobEnd: Int]
    let trimmed: Int
    let workers: Int
    let leader: String?
    let mark: Mark?
    let oldest: Timestamp?

    init(_ value: RESPValue) throws {
        let parts = try value.array()
        guard parts.count == 10 else {
            throw RedisError(.unexpectedReply, "Redis answered \(parts.count) of 10 values.")
        }
        now = Timestamp(milliseconds: Int64(try parts[0].int()))
        let added = try parts[1].int()
        let length = try parts[2].int()
        waiting = try parts[3].int()
        held = try parts[4].int()
        let counted = try parts[5].dictionary().mapValues { try $0.int() }
        var ends: [JobEnd: Int] = [:]
        for end in JobEnd.allCases {
            if let count = counted[end.rawValue] { ends[end] = count }
        }
        self.ends = ends
        let tidied = counted[JobStreamFunctions.tidied] ?? 0
        // What another program deletes by itself (XDEL, XTRIM) can't be told from a cut.
        trimmed = max(0, added - length - ends.values.reduce(0, +) - tidied)
        pushed = added - tidied - max(0, length - waiting - held)
        workers = try parts[6].int()
        let leader = try parts[7].string()
        self.leader = leader.isEmpty ? nil : leader
        mark = try MarkFields.mark(parts[8])
        oldest = Int64(try parts[9].string().prefix { $0 != "-" }).map(Timestamp.init(milliseconds:))
    }

    var counts: StreamCounts {
        StreamCounts(
            pushed: pushed,
            ends: ends,
            trimmed: trimmed,
            waiting: waiting,
            held: held,
            oldestAge: oldest.map { max(.zero, now - $0) },
            workers: workers,
            leader: leader,
            mark: mark
        )
    }
}
