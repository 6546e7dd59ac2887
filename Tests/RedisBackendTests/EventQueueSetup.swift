import Logging
import Notifications
import Redis
import RedisBackend
import TestSupport

/// A queue on a server, and a client beside it that knows nothing of the queue.
struct EventQueueSetup {
    let server: RedisServer
    let queue: RedisEventQueue
    let foreign: RedisClient

    /// Sends a command as another program would.
    @discardableResult
    func send(_ name: String, _ arguments: RedisArgument...) async throws -> RESPValue {
        try await foreign.send(RedisCommand(name, arguments: arguments))
    }
}

/// Runs `body` on a fresh queue of a server of its own, which ends with it.
func withEventQueue(
    arguments: [String] = [],
    appendOnly: Bool = false,
    fsync: String = "everysec",
    bounds: QueueBounds = QueueBounds(),
    _ body: (EventQueueSetup) async throws -> Void
) async throws {
    try await withRedisServer(arguments: arguments, appendOnly: appendOnly, fsync: fsync) { server in
        try await withEventQueue(on: server, key: "NOTIFICATION_QUEUE", bounds: bounds, body)
    }
}

/// Runs `body` on the queue at a key; its clients end with it.
func withEventQueue(
    on server: RedisServer,
    key: String,
    bounds: QueueBounds,
    _ body: (EventQueueSetup) async throws -> Void
) async throws {
    let logger = Logger(label: "test")
    let client = RedisClient(try RedisConfiguration(url: server.url), logger: logger)
    let foreign = RedisClient(try RedisConfiguration(url: server.url), logger: logger)
    let queue = RedisEventQueue(client: client, key: key, bounds: bounds, logger: logger)
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(EventQueueSetup(server: server, queue: queue, foreign: foreign)))
    } catch {
        result = .failure(error)
    }
    await queue.close()
    await client.close()
    await foreign.close()
    try result.get()
}
