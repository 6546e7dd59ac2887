/// One connection of its own, for what the server keeps per connection: WATCH, and commands that block.
///
/// It connects when it is first used, and again when it is used after a loss.
package final class RedisSession: Sendable {
    private let client: RedisClient
    private let pool: ConnectionPool

    /// Makes a session.
    ///
    /// - Parameters:
    ///   - client: The client whose server it uses. The session outlives no client.
    ///   - name: What CLIENT LIST shows of it, after the client's own name.
    package init(client: RedisClient, name: String) {
        self.client = client
        pool = ConnectionPool(
            client.configuration,
            clientName: "\(client.configuration.clientName):\(name)",
            size: 1,
            family: client.family,
            eventLoop: client.eventLoop,
            logger: client.logger
        )
    }

    /// The number of the connection that is in use, or 0; it grows with each reconnect, which loses all WATCHes.
    package var connectionNumber: Int { pool.readyConnection ?? 0 }

    /// Makes sure that there is a connection, and answers with its number.
    package func connect() async throws -> Int {
        while true {
            if let number = pool.readyConnection { return number }
            _ = try await send(RedisCommand("PING"))
        }
    }

    /// Sends one command.
    package func send(_ command: RedisCommand, onConnection number: Int? = nil) async throws -> RESPValue {
        try await execute([command], number).first.onlyReply()
    }

    /// Sends commands in one write and answers with their replies.
    ///
    /// - Parameters:
    ///   - commands: What to send.
    ///   - number: The connection that must still be in use, as ``connect()`` gave it; if it is not, nothing is sent and
    ///     the error is `.notSent`. So an EXEC never runs without the WATCH before it.
    /// - Returns: A reply for each command; of one that failed an `.error`, which every accessor of ``RESPValue`` throws.
    /// - Throws: ``RedisError`` where the commands were not sent, or their replies lost.
    package func pipeline(_ commands: EncodedCommands, onConnection number: Int? = nil) async throws -> [RESPValue] {
        try await execute(commands, number)
    }

    /// Sends commands as MULTI … EXEC in one write and answers with their replies.
    ///
    /// - Parameters:
    ///   - commands: What to send between the two.
    ///   - number: The connection that must still be in use, as for ``pipeline(_:onConnection:)``.
    /// - Returns: The replies of the commands.
    /// - Throws: ``RedisError``; with the code `.transactionAborted` where a watched key has changed.
    package func transaction(_ commands: EncodedCommands, onConnection number: Int? = nil) async throws -> [RESPValue] {
        guard commands.count > 0 else { return [] }
        return try Transaction.unwrap(try await execute(Transaction.wrap(commands), number))
    }

    /// Sends a command that waits in the server.
    ///
    /// A blocked pop that nobody awaits would take the next element and lose it. So, if the task is cancelled, the server
    /// is told to end the wait, and what comes back is still returned where it is something; if it is null,
    /// `.cancelled` is thrown and nothing was taken. If the server can't be told within a second, the connection is
    /// closed. A wait that somebody else ended (`UNBLOCKED`) returns null.
    ///
    /// - Parameters:
    ///   - command: Such as BLMOVE, BLPOP, or XREADGROUP with BLOCK.
    ///   - limit: The limit that the command itself has; a little later the connection is given up.
    /// - Returns: The reply.
    /// - Throws: ``RedisError``.
    package func block(_ command: RedisCommand, upTo limit: Duration) async throws -> RESPValue {
        let number = try await connect()
        guard let connection = pool.connection(number) else {
            throw RedisError(.notSent, "\(command.name) was not sent: the connection that it needs was lost.")
        }
        let request = RedisRequest(
            [command],
            timeout: limit + client.configuration.blockingMargin,
            connectionID: number
        )
        let unblocking = Unblocking(of: request, on: connection, through: client.pool)
        let reply = try await pool.wait(for: request) { unblocking.begin() }.first
        if case .error(let error) = reply, error.code == "UNBLOCKED" { return try ended(.null, command) }
        return try ended(try reply.onlyReply(), command)
    }

    /// Closes the connection, whatever waits on it, and takes no more commands.
    package func close() async {
        await pool.close(RedisError(.closed, "The Redis session was closed."))
    }

    private func execute(_ commands: EncodedCommands, _ number: Int?) async throws -> [RESPValue] {
        try await pool.execute(commands, timeout: client.configuration.commandTimeout, on: number)
    }

    private func ended(_ value: RESPValue, _ command: RedisCommand) throws(RedisError) -> RESPValue {
        guard value.isNull, Task.isCancelled else { return value }
        throw RedisError(.cancelled, "\(command.name) was cancelled; it took nothing.")
    }
}
