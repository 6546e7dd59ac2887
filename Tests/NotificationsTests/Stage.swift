import Logging
import Metrics
import Monitoring
import Notifications
import SQLiteBackend
import StoredForms
import ServiceLifecycle
import Synchronization
import TestSupport

/// A worker over the embedded engine, with all that it needs.
struct Stage: Sendable {
    let queue: any EventQueue
    let channels: any ChannelStore
    let log: any DeliveryLog
    let tokens: any TokenStore
    let worker: DeliveryWorker
    let console: ConsoleLines

    var intake: EventIntake { EventIntake(queue: queue, time: SystemTime()) }

    /// What the console channel has written.
    final class ConsoleLines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func append(_ line: String) { lines.withLock { $0.append(line) } }
    }

    /// Runs `body` beside a worker, and ends the worker as the process would.
    static func with<Result: Sendable>(
        _ configuration: DeliveryConfiguration = DeliveryConfiguration(grace: .seconds(2)),
        time: any TimeSource = SystemTime(),
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        wrap: (any EventQueue) -> any EventQueue = { $0 },
        wrapChannels: (any ChannelStore) -> any ChannelStore = { $0 },
        start: (Stage) async throws -> Void = { _ in },
        _ body: (Stage) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let console = ConsoleLines()
            return try await withChannelFactory(console: { console.append($0) }) { factory in
                let database = try SQLiteDatabase(path: "\(directory)/tocsin.db")
                let queue = wrap(SQLiteEventQueue(database: database, bounds: QueueBounds(), time: time))
                let channels = wrapChannels(
                    SQLiteChannelStore(database: database, time: time, secrets: SecretBox(key: nil))
                )
                let log = SQLiteDeliveryLog(database: database, time: time)
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let worker = DeliveryWorker(
                    queue: queue,
                    channels: channels,
                    factory: factory,
                    log: log,
                    configuration: configuration,
                    time: time,
                    logger: logger,
                    metrics: metrics
                )
                let stage = Stage(
                    queue: queue,
                    channels: channels,
                    log: log,
                    tokens: SQLiteTokenStore(database: database, time: time),
                    worker: worker,
                    console: console
                )
                try await start(stage)
                let group = ServiceGroup(services: [worker], logger: logger)
                return try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { try await group.run() }
                    do {
                        let result = try await body(stage)
                        await group.triggerGracefulShutdown()
                        try await tasks.waitForAll()
                        return result
                    } catch {
                        await group.triggerGracefulShutdown()
                        throw error
                    }
                }
            }
        }
    }

    func addWebhook(
        _ url: String,
        name: String = "hook",
        events: [String] = ["*"],
        retry: String = "100ms,100ms,100ms",
        paused: Bool = false
    ) async throws -> ChannelID {
        let settings = ChannelSettings(
            name: name,
            type: .webhook,
            settings: ["url": url, "retry": retry, "timeout": "2s"],
            events: events,
            paused: paused
        ).makingSecrets().settings
        let channel = try await channels.add(settings, by: .local)
        worker.channelsChanged()
        return channel.id
    }

    func addConsole() async throws -> ChannelID {
        let channel = try await channels.add(ChannelSettings(name: "console", type: .console), by: .local)
        worker.channelsChanged()
        return channel.id
    }

    /// Waits until the worker knows its channels.
    func ready() async throws {
        try await eventually("the worker is ready") { worker.readiness == .ready }
    }

    @discardableResult
    func post(_ json: String) async throws -> [EventID] {
        try await intake.accept(IntakeRequest(body: Array(json.utf8), token: "test")).ids
    }

    /// Adds an element as a foreign client would.
    func push(_ text: String) async throws {
        let element = EnqueueRequest.Element(id: .made(at: SystemTime().now()), body: Array(text.utf8), ownHash: nil)
        _ = try await queue.enqueue(EnqueueRequest(key: nil, elements: [element]))
    }

    func deadLetters() async throws -> [DeadLetter] { try await queue.deadLetters(DeadLetterQuery()).items }

    /// Waits until nothing is left to do.
    func settled() async throws {
        try await eventually("the queue is empty") {
            let counts = try await queue.counts()
            return counts.waiting == 0 && counts.held == 0 && counts.scheduled == 0
        }
    }
}
