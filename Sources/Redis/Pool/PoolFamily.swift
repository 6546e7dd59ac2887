import Synchronization

/// The pools of a client and of its sessions, whose connections all lead to the same server over the same network.
final class PoolFamily: Sendable {
    private struct Member {
        weak var pool: ConnectionPool?
    }

    private let members = Mutex<[Member]>([])

    func add(_ pool: ConnectionPool) {
        members.withLock { members in
            members.removeAll { $0.pool == nil }
            members.append(Member(pool: pool))
        }
    }

    /// All pools together.
    var counts: RedisPoolCounts {
        members.withLock { $0.compactMap(\.pool) }.map(\.counts).reduce(RedisPoolCounts(), +)
    }

    /// Lets the other pools leave their connections, because one of this pool ends for what they would meet as well.
    func leaveConnections(exceptOf pool: ConnectionPool) {
        let others = members.withLock { $0.compactMap(\.pool) }.filter { $0 !== pool }
        for other in others { other.leaveConnections() }
    }
}
