internal import Logging
internal import Monitoring
internal import Notifications
internal import SQLiteBackend
internal import StoredForms
internal import ServiceLifecycle
internal import TestSupport
internal import Web

@testable internal import Tocsin

/// A server on the embedded engines that the commands talk to through its socket.
enum CommandServer {
    /// Runs `body` with a client of a new server, which ends afterwards.
    static func with(_ body: @Sendable (ServerClient) async throws -> Void) async throws {
        try await withTemporaryDirectory { folder in
            let socket = folder + "/Tö csin.sock"
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let server = try WebServer(
                try dependencies(folder),
                listen: nil,
                socket: socket,
                logger: logger
            )
            let group = ServiceGroup(services: [server], logger: logger)
            try await withThrowingTaskGroup { tasks in
                tasks.addTask { try await group.run() }
                try await ServerClient.with(.socket(path: socket)) { client in
                    try await eventually("the server answers") {
                        do {
                            _ = try await client.send(.get, ["v1", "tokens"])
                            return true
                        } catch let error as CommandError where error.status == .unavailable {
                            return false
                        }
                    }
                    try await body(client)
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    private static func dependencies(_ folder: String) throws -> WebDependencies {
        let time = SystemTime()
        let database = try SQLiteDatabase(path: folder + "/tocsin.db")
        let secrets = SecretBox(key: "a key for tests, of no other use")
        let queue = SQLiteEventQueue(database: database, bounds: QueueBounds(), time: time)
        return try WebDependencies(
            sites: SQLiteSiteStore(database: database, time: time, secrets: secrets),
            schedule: SQLiteScheduleStore(database: database),
            monitoring: SQLiteMonitoringStore(database: database, time: time),
            maintenance: SQLiteMaintenanceStore(database: database, time: time),
            incidents: SQLiteIncidentStore(database: database, time: time),
            status: SQLiteStatusStore(database: database, time: time),
            streams: [SQLiteJobStream(database: database, region: "default", maxLength: 1_000, time: time)],
            queue: queue,
            intake: EventIntake(queue: queue, time: time),
            channels: SQLiteChannelStore(database: database, time: time, secrets: secrets),
            deliveries: SQLiteDeliveryLog(database: database, time: time),
            tokens: SQLiteTokenStore(database: database, time: time),
            sessions: SQLiteSessionStore(database: database, time: time, secrets: secrets),
            time: time,
            testChannel: { _ in ChannelTest(succeeded: true, statusCode: 204, duration: .milliseconds(12)) },
            version: "1.2.3"
        )
    }
}
