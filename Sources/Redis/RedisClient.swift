package import Logging
package import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// A client of one Redis server, safe to use from anywhere.
///
/// Commands share a few connections, all on one event loop, and are sent back to back: whoever runs on that loop as well
/// waits for no other thread. They work before ``run()`` was called, too: it makes a
/// connection ahead of time, and closes everything when the service shuts down. Whoever does not run it must
/// ``close()`` it.
package final class RedisClient: Service {
    package let configuration: RedisConfiguration
    /// The event loop of all of its connections.
    package let eventLoop: any EventLoop
    let logger: Logger
    let family = PoolFamily()
    let pool: ConnectionPool

    /// Makes a client; it connects when it is first needed.
    package init(
        _ configuration: RedisConfiguration,
        eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next(),
        logger: Logger
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        pool = ConnectionPool(
            configuration,
            clientName: configuration.clientName,
            size: max(1, configuration.poolSize),
            family: family,
            eventLoop: eventLoop,
            logger: logger
        )
    }

    /// Keeps the client until the service shuts down; then commands on their way get their replies, and no more are taken.
    package func run() async throws {
        pool.warmUp()
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // Cancelled or told to shut down: it ends in the same way.
        }
        await close()
    }

    /// Takes no more commands, waits for the replies to those on their way, and closes every connection.
    package func close() async {
        await pool.close()
    }

    /// How it stands with its connections, and with those of its sessions.
    package var poolCounts: RedisPoolCounts { family.counts }

    /// Sends one command.
    ///
    /// - Throws: ``RedisError``; an error reply with the code `.reply`.
    package func send(_ command: RedisCommand) async throws -> RESPValue {
        try await pool.execute([command], timeout: configuration.commandTimeout).first.onlyReply()
    }

    /// Sends commands in one write and answers with what became of each.
    ///
    /// - Throws: ``RedisError`` where the commands were not sent, or their replies lost.
    package func pipeline(_ commands: [RedisCommand]) async throws -> [Result<RESPValue, RedisError>] {
        try await pool.execute(EncodedCommands(commands), timeout: configuration.commandTimeout).map(\.result)
    }

    /// Sends commands as MULTI … EXEC in one write and answers with their replies.
    ///
    /// A command that fails when it is executed does not undo the others: its reply is an `.error`, which every accessor
    /// of ``RESPValue`` throws.
    ///
    /// - Throws: ``RedisError``, also where a command was refused, in which case none was executed.
    package func transaction(_ commands: EncodedCommands) async throws -> [RESPValue] {
        guard commands.count > 0 else { return [] }
        let replies = try await pool.execute(Transaction.wrap(commands), timeout: configuration.commandTimeout)
        return try Transaction.unwrap(replies)
    }
}
