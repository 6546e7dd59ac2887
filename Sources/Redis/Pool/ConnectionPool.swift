import Logging
import NIOCore
import Synchronization

/// Does with real connections what its ``PoolStateMachine`` decides.
///
/// Everything here runs on event loops and timers of NIO, so that it works whether or not somebody runs the client.
final class ConnectionPool: Sendable {
    private typealias Machine = PoolStateMachine<RedisRequest>

    private struct State {
        var machine: Machine
        var connections: [Int: RedisConnection] = [:]
        /// When the timer goes off, if it is set.
        var timer: NIODeadline?
        var closers: [CheckedContinuation<Void, Never>] = []
        var isShutDown = false
        var connects = 0
        var connectFailures = 0
    }

    private let configuration: RedisConfiguration
    private let clientName: String
    private let family: PoolFamily
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let state: Mutex<State>

    init(
        _ configuration: RedisConfiguration,
        clientName: String,
        size: Int,
        family: PoolFamily,
        eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.configuration = configuration
        self.clientName = clientName
        self.family = family
        self.eventLoop = eventLoop
        self.logger = logger
        let settings = Machine.Settings(
            size: size,
            maximumPending: configuration.maximumPending,
            waitLimit: configuration.connectTimeout.timeAmount,
            backoff: configuration.backoff
        )
        state = Mutex(State(machine: Machine(settings)))
        family.add(self)
    }

    // MARK: What is asked for

    /// Sends a request that was started; its completion tells the outcome.
    func submit(_ request: RedisRequest) {
        update { $0.submit(Self.item(request), now: .now()) }
    }

    /// Uses none of the present connections any more.
    func leaveConnections() {
        update { $0.leaveConnections() }
    }

    func warmUp() {
        update { $0.warmUp(now: .now()) }
    }

    /// The connection of that number, if it is there.
    func connection(_ id: Int) -> RedisConnection? { state.withLock { $0.connections[id] } }

    /// The number of the newest connection that can be used.
    var readyConnection: Int? { state.withLock { $0.machine.readyConnection } }

    /// The weight of what waits for a connection or a reply.
    var pendingWeight: Int { state.withLock { $0.machine.pendingWeight } }

    /// How it stands with the connections.
    var counts: RedisPoolCounts {
        state.withLock { state in
            RedisPoolCounts(
                connections: state.machine.readyCount,
                requestsInFlight: state.machine.requestsInFlight,
                requestsWaiting: state.machine.waitingCount,
                connects: state.connects,
                connectFailures: state.connectFailures
            )
        }
    }

    /// Ends every connection after its last reply, or at once.
    func close(_ reason: RedisError? = nil) async {
        update { $0.shutDown() }
        if let reason {
            for connection in state.withLock({ Array($0.connections.values) }) { connection.close(reason) }
        }
        await withCheckedContinuation { continuation in
            let isShutDown = state.withLock { state in
                if !state.isShutDown { state.closers.append(continuation) }
                return state.isShutDown
            }
            if isShutDown { continuation.resume() }
        }
    }

    // MARK: What connections tell

    private func handle(_ event: RedisConnection.Event, from id: Int) {
        switch event {
        case .left(let weight):
            state.withLock { $0.machine.left(id, weight: weight) }
        case .returned(let requests):
            update { $0.returned(requests.map(Self.item), from: id, now: .now()) }
        case .unfit: update { $0.unfit(id) }
        case .closed(let wasUseful, _):
            updateState { state in
                state.connections[id] = nil
                return state.machine.closed(id, wasUseful: wasUseful, now: .now(), random: .random(in: 0...1))
            }
        }
    }

    private func connect(_ id: Int, at time: NIODeadline) {
        eventLoop.scheduleTask(deadline: time) {
            RedisConnection.connect(
                self.configuration,
                clientName: self.clientName,
                on: self.eventLoop,
                logger: self.logger,
                events: { self.handle($0, from: id) }
            ).whenComplete { result in
                switch result {
                case .success(let connection):
                    self.logger.debug("connected to Redis", metadata: self.metadata)
                    self.updateState { state in
                        state.connects += 1
                        state.connections[id] = connection
                        return state.machine.connected(id)
                    }
                case .failure(let error):
                    let error = RedisError.connection(to: self.configuration.address, failed: error)
                    self.logger.debug("no connection to Redis", error: error, metadata: self.metadata)
                    self.updateState { state in
                        state.connectFailures += 1
                        return state.machine.connectFailed(id, error, now: .now(), random: .random(in: 0...1))
                    }
                }
            }
        }
    }

    private var metadata: Logger.Metadata { ["redis.address": "\(configuration.address)"] }

    // MARK: -

    private func update(_ change: (inout Machine) -> Machine.Actions) {
        updateState { change(&$0.machine) }
    }

    /// Asks the machine, and does what it says.
    private func updateState(_ change: (inout State) -> Machine.Actions) {
        let (actions, targets, timer, closers) = state.withLock { state in
            let actions = change(&state)
            let targets = actions.assignments.map { state.connections[$0.connection] }
            var timer: NIODeadline?
            if let next = state.machine.nextDeadline, state.timer.map({ next < $0 }) ?? true {
                timer = next
                state.timer = next
            }
            var closers: [CheckedContinuation<Void, Never>] = []
            if actions.isShutDown {
                state.isShutDown = true
                swap(&closers, &state.closers)
            }
            return (actions, targets, timer, closers)
        }
        for (assignment, connection) in zip(actions.assignments, targets) {
            // It is there: the machine and the table of connections change together.
            connection?.submit(assignment.request)
        }
        for (connection, time) in actions.connects { connect(connection, at: time) }
        for connection in actions.drains { self.connection(connection)?.drain() }
        if actions.leavesServer { family.leaveConnections(exceptOf: self) }
        for (request, refusal, reason) in actions.refusals { refuse(request, refusal, reason) }
        if let timer { eventLoop.scheduleTask(deadline: timer) { self.timerFired() } }
        for closer in closers { closer.resume() }
    }

    private func timerFired() {
        state.withLock { $0.timer = nil }
        update { $0.expire(now: .now()) }
    }

    private func refuse(_ request: RedisRequest, _ refusal: Machine.Refusal, _ reason: RedisError?) {
        let error: RedisError
        switch refusal {
        case .tooManyPending: error = .tooManyPending(request.name)
        case .closed: error = .closed(request.name)
        case .connectionReplaced:
            error = RedisError(.notSent, "\(request.name) was not sent: the connection that it needs was lost.")
        case .noConnection: error = .notSentInTime(request.name, configuration.connectTimeout)
        case .connectionFailed:
            let code = reason.map {
                $0.code == .authentication || $0.code == .configuration ? $0.code : .connectionFailed
            }
            error = RedisError(code ?? .connectionFailed, reason?.message ?? "There is no connection.", cause: reason)
        }
        request.finish(.failure(error))
    }

    private static func item(_ request: RedisRequest) -> Machine.Item {
        Machine.Item(
            request: request,
            weight: request.weight,
            deadline: request.deadline,
            connectionID: request.connectionID
        )
    }
}
