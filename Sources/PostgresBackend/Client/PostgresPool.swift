internal import Monitoring
internal import Synchronization

/// Lends connections, no more than it may have, and in the order in which they were asked for.
///
/// While the server can't be reached, only one try a pause is made; who asks in between is told at once.
final class PostgresPool: Sendable {
    private struct State {
        var idle: [PostgresConnection] = []
        /// Lent, or being opened.
        var lent = 0
        var waiters: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        var nextWaiter = 0
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(1))
        /// Why the last try to connect failed, and when the next may be made.
        var failure: (error: PostgresError, until: ContinuousClock.Instant)?
        var connects = 0
        var connectFailures = 0
    }

    private let configuration: PostgresConfiguration
    private let servers: PostgresServers
    private let state = Mutex(State())

    init(_ configuration: PostgresConfiguration) {
        self.configuration = configuration
        servers = PostgresServers(configuration)
    }

    /// Runs `body` with a connection, which is closed afterwards unless it is in order.
    ///
    /// It waits for one no longer than `wait`, or than is configured.
    func lending<Value>(
        waiting wait: Duration? = nil,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await takeTurn(waiting: wait ?? configuration.waitLimit)
        let connection: PostgresConnection
        do {
            connection = try await connected()
        } catch {
            endTurn(with: nil)
            throw error
        }
        do {
            let value = try await body(connection)
            await takeBack(connection)
            return value
        } catch {
            await takeBack(connection)
            throw error
        }
    }

    /// How it stands with the connections.
    var counts: PostgresPoolCounts {
        state.withLock { state in
            PostgresPoolCounts(
                lent: state.lent,
                idle: state.idle.count,
                waiting: state.waiters.count,
                connects: state.connects,
                connectFailures: state.connectFailures
            )
        }
    }

    // MARK: Connecting

    private func connected() async throws -> PostgresConnection {
        // What a restart of the server has closed is not worth a caller's error.
        while let connection = state.withLock({ $0.idle.popLast() }) {
            if await connection.isAlive() { return connection }
        }
        if let failure = state.withLock({ $0.failure }), failure.until > .now { throw failure.error }
        let connection = PostgresConnection(configuration, servers)
        do {
            try await connection.open()
        } catch let error as PostgresError {
            state.withLock { state in
                state.connectFailures += 1
                state.failure = (error, .now + state.backoff.next())
            }
            throw error
        }
        state.withLock { state in
            state.connects += 1
            state.failure = nil
            state.backoff.reset()
        }
        return connection
    }

    // MARK: Turns

    private func takeTurn(waiting limit: Duration) async throws {
        let isFree = state.withLock { state in
            guard state.lent < configuration.connections else { return false }
            state.lent += 1
            return true
        }
        guard !isFree else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.queue() }
            group.addTask { [configuration] in
                try await Task.sleep(for: limit)
                throw PostgresError(
                    .busy,
                    "All \(configuration.connections) connections to the database were in use for "
                        + "\(limit.text); try again, or allow more with databaseConnections."
                )
            }
            let first = await group.nextResult()
            group.cancelAll()
            // A turn that came in the same moment as the limit counts.
            if case .failure(let error)? = first, case .failure? = await group.nextResult() { throw error }
        }
    }

    /// Waits for ``endTurn(with:)`` to pass its turn on.
    private func queue() async throws {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let mayGo: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.lent < configuration.connections {
                        state.lent += 1
                        return .success(())
                    }
                    state.waiters.append((id, continuation))
                    return nil
                }
                if let mayGo { continuation.resume(with: mayGo) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Takes a connection back.
    ///
    /// What it has met of its server, the idle ones need not meet as well.
    private func takeBack(_ connection: PostgresConnection) async {
        let isFit = await connection.isFit
        if !isFit, await connection.isReadOnly { state.withLock { $0.idle.removeAll() } }
        endTurn(with: isFit ? connection : nil)
    }

    private func endTurn(with connection: PostgresConnection?) {
        let next = state.withLock { state in
            if let connection { state.idle.append(connection) }
            guard !state.waiters.isEmpty else {
                state.lent -= 1
                return nil as CheckedContinuation<Void, any Error>?
            }
            return state.waiters.removeFirst().continuation
        }
        next?.resume()
    }
}
