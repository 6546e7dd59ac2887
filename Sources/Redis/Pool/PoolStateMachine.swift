import DequeModule
import NIOCore

/// Which connections there are, and which request goes to which.
///
/// Requests share connections: one goes to the connection with the fewest before it, and a further connection is made
/// only while every one has some. It opens nothing itself; each call answers with what is to be done.
struct PoolStateMachine<Request: Sendable>: Sendable {
    struct Settings {
        var size: Int
        var maximumPending: Int
        /// How long a request waits for a connection.
        var waitLimit: TimeAmount
        var backoff = Backoff()
        /// So many requests on the emptiest connection ask for a further one.
        var crowd = 2
    }

    /// A request with what the pool must know of it.
    struct Item {
        let request: Request
        let weight: Int
        let deadline: NIODeadline
        /// The only connection that will do.
        var connectionID: Int?
    }

    enum Refusal: Equatable {
        case tooManyPending
        case closed
        /// The connection that it needs is gone.
        case connectionReplaced
        /// No connection came within the time limit.
        case noConnection
        /// Connecting failed, for this reason.
        case connectionFailed
    }

    struct Actions {
        var assignments: [(request: Request, connection: Int)] = []
        var refusals: [(request: Request, Refusal, RedisError?)] = []
        /// Connections to make, each not before that time.
        var connects: [(connection: Int, at: NIODeadline)] = []
        var drains: [Int] = []
        /// Whether all connections are left for something that the connections of other pools would meet, too.
        var leavesServer = false
        var isShutDown = false
    }

    private enum Phase { case connecting, ready, draining }

    private struct Member {
        var phase = Phase.connecting
        var requests = 0
        var weight = 0
    }

    private struct Waiter {
        let item: Item
        let deadline: NIODeadline
    }

    private let settings: Settings
    private var members: [Int: Member] = [:]
    private var waiters: Deque<Waiter> = []
    private var waitingWeight = 0
    private var nextID = 1
    private var failures = 0
    private var earliestAttempt: NIODeadline?
    private(set) var lastFailure: RedisError?
    private var isShuttingDown = false

    init(_ settings: Settings) {
        self.settings = settings
    }

    /// The newest connection that can be used.
    var readyConnection: Int? { members.filter { $0.value.phase == .ready }.keys.max() }

    /// The weight of what waits for a connection or a reply.
    var pendingWeight: Int { waitingWeight + members.values.reduce(0) { $0 + $1.weight } }

    /// How many connections can be used.
    var readyCount: Int { members.count { $0.value.phase == .ready } }

    /// How many requests wait for a reply.
    var requestsInFlight: Int { members.values.reduce(0) { $0 + $1.requests } }

    /// How many requests wait for a connection.
    var waitingCount: Int { waiters.count }

    var nextDeadline: NIODeadline? { waiters.lazy.map(\.deadline).min() }

    // MARK: Requests

    mutating func submit(_ item: Item, now: NIODeadline) -> Actions {
        let pending = pendingWeight
        // A request larger than the bound passes alone: it could never be sent otherwise.
        if !isShuttingDown, pending > 0, pending + item.weight > settings.maximumPending {
            return Actions(refusals: [(item.request, .tooManyPending, nil)])
        }
        var actions = Actions()
        place(item, now: now, &actions)
        return actions
    }

    /// Makes sure that a connection is there or on its way.
    mutating func warmUp(now: NIODeadline) -> Actions {
        var actions = Actions()
        if !isShuttingDown, members.isEmpty { connect(now: now, &actions) }
        return actions
    }

    private mutating func place(_ item: Item, now: NIODeadline, _ actions: inout Actions) {
        guard !isShuttingDown else {
            actions.refusals.append((item.request, .closed, nil))
            return
        }
        if let id = item.connectionID {
            guard members[id]?.phase == .ready else {
                actions.refusals.append((item.request, .connectionReplaced, nil))
                return
            }
            assign(item, to: id, &actions)
            return
        }
        let ready = members.lazy.filter { $0.value.phase == .ready }
        if let (id, member) = ready.min(by: { ($0.value.requests, $0.key) < ($1.value.requests, $1.key) }) {
            assign(item, to: id, &actions)
            if member.requests >= settings.crowd, !isConnecting, members.count < settings.size {
                connect(now: now, &actions)
            }
        } else {
            waiters.append(Waiter(item: item, deadline: min(now + settings.waitLimit, item.deadline)))
            waitingWeight += item.weight
            connectIfAwaited(now: now, &actions)
        }
    }

    private mutating func assign(_ item: Item, to id: Int, _ actions: inout Actions) {
        members[id]?.requests += 1
        members[id]?.weight += item.weight
        actions.assignments.append((item.request, id))
    }

    /// A request has left a connection.
    mutating func left(_ id: Int, weight: Int) {
        members[id]?.requests -= 1
        members[id]?.weight -= weight
    }

    /// A connection gave back what it had not written.
    mutating func returned(_ items: [Item], from id: Int, now: NIODeadline) -> Actions {
        var actions = Actions()
        // What the connection gave back it does not take: it drains, or is gone.
        if members[id]?.phase == .ready { members[id]?.phase = .draining }
        for item in items {
            left(id, weight: item.weight)
            place(item, now: now, &actions)
        }
        return actions
    }

    /// Refuses what has waited too long.
    mutating func expire(now: NIODeadline) -> Actions {
        var actions = Actions()
        guard let next = nextDeadline, next <= now else { return actions }
        let late = waiters.filter { $0.deadline <= now }
        waiters.removeAll { $0.deadline <= now }
        refuse(late, lastFailure == nil ? .noConnection : .connectionFailed, &actions)
        return actions
    }

    private mutating func refuse(_ refused: some Sequence<Waiter>, _ refusal: Refusal, _ actions: inout Actions) {
        for waiter in refused {
            waitingWeight -= waiter.item.weight
            actions.refusals.append((waiter.item.request, refusal, lastFailure))
        }
    }

    // MARK: Connections

    private var isConnecting: Bool { members.values.contains { $0.phase == .connecting } }

    private mutating func connectIfAwaited(now: NIODeadline, _ actions: inout Actions) {
        guard !waiters.isEmpty, !isConnecting, !members.values.contains(where: { $0.phase == .ready }) else { return }
        connect(now: now, &actions)
    }

    private mutating func connect(now: NIODeadline, _ actions: inout Actions) {
        let id = nextID
        nextID += 1
        members[id] = Member()
        actions.connects.append((id, max(now, earliestAttempt ?? now)))
    }

    mutating func connected(_ id: Int) -> Actions {
        var actions = Actions()
        lastFailure = nil
        guard !isShuttingDown else {
            members[id]?.phase = .draining
            actions.drains.append(id)
            return actions
        }
        members[id]?.phase = .ready
        waitingWeight = 0
        while let waiter = waiters.popFirst() { assign(waiter.item, to: id, &actions) }
        return actions
    }

    mutating func connectFailed(_ id: Int, _ error: RedisError, now: NIODeadline, random: Double) -> Actions {
        var actions = Actions()
        members[id] = nil
        lastFailure = error
        countFailure(now: now, random: random)
        if error.code == .authentication || error.code == .configuration {
            // Waiting does not make it right.
            let refused = waiters
            waiters.removeAll()
            refuse(refused, .connectionFailed, &actions)
        }
        connectIfAwaited(now: now, &actions)
        actions.isShutDown = isShuttingDown && members.isEmpty
        return actions
    }

    /// A connection ends because its server can't serve us, or does not answer.
    ///
    /// The same waits on all others that are there: they lead to the same server, over the same network. If each had to
    /// meet it for itself, that many commands would fail one after the other. One that was left before tells nothing of
    /// those that came after it.
    mutating func unfit(_ id: Int) -> Actions {
        guard members[id]?.phase == .ready else { return Actions() }
        members[id]?.phase = .draining
        var actions = leaveConnections()
        actions.leavesServer = true
        return actions
    }

    /// Uses none of the present connections any more; each ends with its last reply.
    mutating func leaveConnections() -> Actions {
        var actions = Actions()
        for id in members.keys.sorted() where members[id]?.phase == .ready {
            members[id]?.phase = .draining
            actions.drains.append(id)
        }
        return actions
    }

    /// A connection is gone.
    ///
    /// - Parameters:
    ///   - id: Which one.
    ///   - wasUseful: Whether it served us. If not, the next one is made only after a delay: a server that accepts
    ///     connections and refuses every command would be connected to in a tight loop otherwise.
    ///   - now: The time.
    ///   - random: From 0 to 1, for that delay.
    /// - Returns: What is to be done.
    mutating func closed(_ id: Int, wasUseful: Bool, now: NIODeadline, random: Double) -> Actions {
        var actions = Actions()
        guard members.removeValue(forKey: id) != nil else { return actions }
        if wasUseful {
            failures = 0
            earliestAttempt = nil
        } else if !isShuttingDown {
            countFailure(now: now, random: random)
        }
        connectIfAwaited(now: now, &actions)
        actions.isShutDown = isShuttingDown && members.isEmpty
        return actions
    }

    private mutating func countFailure(now: NIODeadline, random: Double) {
        failures += 1
        earliestAttempt = now + settings.backoff.delay(after: failures, random: random).timeAmount
    }

    /// Takes no more requests, and ends every connection after its last reply.
    mutating func shutDown() -> Actions {
        var actions = Actions()
        isShuttingDown = true
        let refused = waiters
        waiters.removeAll()
        refuse(refused, .closed, &actions)
        for id in members.keys.sorted() where members[id]?.phase != .connecting {
            members[id]?.phase = .draining
            actions.drains.append(id)
        }
        actions.isShutDown = members.isEmpty
        return actions
    }
}
