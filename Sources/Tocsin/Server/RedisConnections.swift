internal import Redis
internal import RedisBackend
internal import ServiceLifecycle

/// Everything of this process that is connected to Redis, as one service that ends after the roles.
struct RedisConnections: Service {
    let client: RedisClient
    let stream: RedisJobStream
    let queue: RedisEventQueue

    func run() async throws {
        try await client.run()
        // Their own connections, on which they wait and push.
        await stream.close()
        await queue.close()
    }
}
