internal import ArgumentParser
internal import Logging
internal import Monitoring
internal import NIOCore
internal import NIOPosix
internal import Notifications
internal import Redis
internal import RedisBackend
internal import SQLiteBackend

/// Which engine keeps the queues: a Redis where one is named, else the SQLite file.
struct BrokerOptions: ParsableArguments {
    @Option(help: "The URL of a Redis; the queues are in the database where none is named.")
    var redis: String?

    @Option(help: "The path of the SQLite file.")
    var database: String
}

/// The engines of one run.
struct BenchBroker: Sendable {
    /// The key that the program uses where nothing is configured.
    static let streamKey = "MONITORING_STREAM"
    static let queueKey = "NOTIFICATION_QUEUE"
    /// So long that nothing is trimmed or refused while it is measured.
    static let maxLength = 100_000_000

    let database: SQLiteDatabase
    let time = SystemTime()
    /// Where the connections to Redis are, and best whoever works with it.
    let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    private let client: RedisClient?
    static let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }

    init(_ options: BrokerOptions) throws {
        database = try SQLiteDatabase(path: options.database)
        client = try options.redis.map { [eventLoop] url in
            try RedisClient(
                RedisConfiguration(url: url, clientName: "bench"),
                eventLoop: eventLoop,
                logger: Self.logger
            )
        }
    }

    /// Runs `body` with the stream of checks, and closes it.
    func withStream<Result>(_ body: (any JobStream) async throws -> Result) async throws -> Result {
        guard let client else {
            return try await body(
                SQLiteJobStream(database: database, region: Region.default, maxLength: Self.maxLength, time: time)
            )
        }
        let stream = RedisJobStream(
            client: client,
            key: Self.streamKey,
            region: Region.default,
            maxLength: Self.maxLength,
            logger: Self.logger
        )
        return try await closing(client) {
            try await stream.prepare()
            let result = try await body(stream)
            await stream.close()
            return result
        }
    }

    /// Runs `body` with the queue of events, and closes it.
    func withQueue<Result>(_ body: (any EventQueue) async throws -> Result) async throws -> Result {
        let bounds = QueueBounds(maxLength: Self.maxLength, maxBacklog: Self.maxLength)
        guard let client else {
            return try await body(SQLiteEventQueue(database: database, bounds: bounds, time: time))
        }
        let queue = RedisEventQueue(client: client, key: Self.queueKey, bounds: bounds, logger: Self.logger)
        return try await closing(client) {
            try await queue.prepare()
            let result = try await body(queue)
            await queue.close()
            return result
        }
    }

    private func closing<Result>(_ client: RedisClient, _ body: () async throws -> Result) async throws -> Result {
        do {
            let result = try await body()
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }
}
