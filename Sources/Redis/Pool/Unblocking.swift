import NIOCore

/// Ends a wait in the server from another connection, and gives the waiting connection up where that fails.
///
/// CLIENT UNBLOCK may overtake the command that it is to end, and then finds nothing: it is repeated until the command
/// has its reply.
struct Unblocking: Sendable {
    private static let limit = TimeAmount.seconds(1)
    private static let pause = TimeAmount.milliseconds(10)

    private let request: RedisRequest
    private let connection: RedisConnection
    private let pool: ConnectionPool

    init(of request: RedisRequest, on connection: RedisConnection, through pool: ConnectionPool) {
        self.request = request
        self.connection = connection
        self.pool = pool
    }

    func begin() {
        if request.cancelUnlessWritten() { return }
        connection.eventLoop.scheduleTask(in: Self.limit) {
            if !request.isFinished {
                connection.close(RedisError(.cancelled, "\(request.name) was cancelled and could not be ended."))
            }
        }
        unblock()
    }

    private func unblock() {
        guard !request.isFinished, let id = connection.server.clientID else { return }
        let command = RedisCommand("CLIENT UNBLOCK", RedisArgument(id), "TIMEOUT")
        let unblock = RedisRequest([command], timeout: .seconds(1))
        let isStarted = unblock.start { _ in
            if !request.isFinished { connection.eventLoop.scheduleTask(in: Self.pause) { self.unblock() } }
        }
        if isStarted { pool.submit(unblock) }
    }
}
