import DequeModule
import NIOCore

/// What one connection owes to whom.
///
/// Replies belong to the requests in the order in which these were written; there is nothing else to tell them apart. So
/// a connection on which one reply is missing, or one too many, is closed and never used again.
struct ConnectionStateMachine<Request: Sendable>: Sendable {
    enum State: Equatable {
        case connecting, handshaking, ready
        /// Takes no more; ends with the last reply.
        case draining
        case closed
    }

    private struct Pending {
        let request: Request
        let deadline: NIODeadline
        let expected: Int
        var replies: [RESPValue] = []

        mutating func take(_ reply: RESPValue) {
            if replies.isEmpty { replies.reserveCapacity(expected) }
            replies.append(reply)
        }
    }

    enum EnqueueAction: Equatable {
        case accepted
        /// Nothing more is taken: to be sent elsewhere.
        case refused
        case tooManyPending
    }

    enum ReceiveAction {
        case none
        case handshake(Handshake.Action)
        case complete(Request, [RESPValue])
        /// The place in the stream is lost.
        case close(RedisError)
    }

    enum ExpireAction {
        case none
        /// These were not written.
        case drop([Request])
        /// This one was written: its place in the stream is lost.
        case close(Request)
    }

    private(set) var state = State.connecting
    /// Whether the server has said that it can't serve us.
    private(set) var isUnfit = false
    /// Whether it has answered anything but that it can't serve us.
    private(set) var wasUseful = false
    private var handshake: Handshake
    private var queued: Deque<Pending> = []
    private var written: Deque<Pending> = []
    private(set) var pendingCommands = 0
    private let maximumPending: Int

    init(handshake: Handshake, maximumPending: Int) {
        self.handshake = handshake
        self.maximumPending = maximumPending
    }

    /// The channel is there; answers with what to send first.
    mutating func connected() -> [RedisCommand] {
        guard state == .connecting else { return [] }
        state = .handshaking
        return handshake.start()
    }

    mutating func enqueue(_ request: Request, replies: Int, deadline: NIODeadline) -> EnqueueAction {
        guard state == .ready else { return .refused }
        // A request larger than the bound passes alone: it could never be sent otherwise.
        guard pendingCommands == 0 || pendingCommands + replies <= maximumPending else { return .tooManyPending }
        pendingCommands += replies
        queued.append(Pending(request: request, deadline: deadline, expected: replies))
        return .accepted
    }

    /// Takes the next request for writing; one that is not wanted any more is forgotten and handed out as dropped.
    mutating func nextToWrite(isWanted: (Request) -> Bool) -> (write: Request?, dropped: [Request]) {
        var dropped: [Request] = []
        while state == .ready || state == .draining, let pending = queued.popFirst() {
            if isWanted(pending.request) {
                written.append(pending)
                return (pending.request, dropped)
            }
            pendingCommands -= pending.expected
            dropped.append(pending.request)
        }
        return (nil, dropped)
    }

    mutating func receive(_ value: RESPValue) -> ReceiveAction {
        if case .push = value { return .none }
        switch state {
        case .closed: return .none
        case .connecting: return .close(Self.unasked(value))
        case .handshaking:
            let action = handshake.receive(value)
            if case .ready = action { state = .ready }
            return .handshake(action)
        case .ready, .draining: break
        }
        guard !written.isEmpty else { return .close(Self.unasked(value)) }
        if case .error(let reply) = value, reply.asksForAnotherServer {
            isUnfit = true
            drain()
        } else {
            wasUseful = true
        }
        written[0].take(value)
        guard written[0].replies.count == written[0].expected else { return .none }
        let complete = written.removeFirst()
        pendingCommands -= complete.expected
        return .complete(complete.request, complete.replies)
    }

    /// Takes no more from now on.
    mutating func drain() {
        if state == .ready { state = .draining }
    }

    /// Whether nothing is left to wait for.
    var isDrained: Bool { state == .draining && written.isEmpty && queued.isEmpty }

    /// What was not written and can go elsewhere.
    mutating func takeQueued() -> [Request] {
        let requests = queued.map(\.request)
        pendingCommands -= queued.reduce(0) { $0 + $1.expected }
        queued.removeAll()
        return requests
    }

    /// The connection is gone: what was written has an unknown outcome, what was not can go elsewhere.
    mutating func close() -> (written: [Request], queued: [Request]) {
        state = .closed
        let result = (written.map(\.request), queued.map(\.request))
        written.removeAll()
        queued.removeAll()
        pendingCommands = 0
        return result
    }

    var earliestDeadline: NIODeadline? {
        let first = written.lazy.map(\.deadline).min()
        let second = queued.lazy.map(\.deadline).min()
        guard let first, let second else { return first ?? second }
        return min(first, second)
    }

    mutating func expire(now: NIODeadline) -> ExpireAction {
        if let late = written.first(where: { $0.deadline <= now }) { return .close(late.request) }
        let late = queued.filter { $0.deadline <= now }
        guard !late.isEmpty else { return .none }
        queued.removeAll { $0.deadline <= now }
        pendingCommands -= late.reduce(0) { $0 + $1.expected }
        return .drop(late.map(\.request))
    }

    private static func unasked(_ value: RESPValue) -> RedisError {
        if case .error(let reply) = value {
            return RedisError(.connectionFailed, "Redis closed the connection: \(reply).")
        }
        return RedisError(.protocolViolation, "Redis sent \(value.kind) that answers no command.")
    }
}
