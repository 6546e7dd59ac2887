internal import ArgumentParser
internal import AsyncHTTPClient
internal import Logging
internal import Monitoring
internal import Networking
internal import Notifications
internal import SQLiteBackend
internal import ServiceLifecycle
internal import StoredForms
internal import Synchronization

/// Delivers all events of the queue to a channel that does nothing, by the worker of the program.
///
/// Channels and the log of deliveries are those of the program in the SQLite file. The channel is the console's, whose
/// lines nobody writes.
struct Deliver: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Delivers the events of the queue to a channel that does nothing."
    )

    @OptionGroup var broker: BrokerOptions

    @Option(help: "How many events are in the queue.")
    var count: Int

    @Option(help: "Deliveries at once.")
    var concurrency = 64

    /// When the first was sent, and how many were.
    private final class Sends: Sendable {
        private let state = Mutex<(first: Stopwatch?, count: Int)>((nil, 0))

        func add() {
            state.withLock { state in
                if state.first == nil { state.first = Stopwatch() }
                state.count += 1
            }
        }

        var first: Stopwatch? { state.withLock { $0.first } }
        var count: Int { state.withLock { $0.count } }
    }

    func run() async throws {
        let broker = try BenchBroker(broker)
        let channels = SQLiteChannelStore(database: broker.database, time: broker.time, secrets: SecretBox(key: nil))
        if try await channels.channels().isEmpty {
            _ = try await channels.add(ChannelSettings(name: "nothing", type: .console), by: .local)
        }
        let http = HTTPClient(eventLoopGroupProvider: .singleton)
        let sends = Sends()
        let figures = try await broker.withQueue { queue in
            let worker = DeliveryWorker(
                queue: queue,
                channels: channels,
                factory: factory(http, time: broker.time) { sends.add() },
                log: SQLiteDeliveryLog(database: broker.database, time: broker.time),
                configuration: DeliveryConfiguration(concurrency: concurrency),
                time: broker.time,
                logger: BenchBroker.logger,
                executor: EventLoopExecutor(broker.eventLoop)
            )
            return try await Self.run(worker, sends, count) {
                let counts = try await queue.counts()
                return counts.waiting + counts.held + counts.scheduled == 0
            }
        }
        try await http.shutdown()
        guard sends.count == count else {
            throw ValidationError("\(count) events were to be in the queue, and \(sends.count) were sent.")
        }
        JSON.object([
            .init("count", JSON(count)), .init("seconds", JSON(figures.seconds)), .init("cpu", JSON(figures.cpu)),
        ]).printLine()
    }

    private func factory(
        _ http: HTTPClient,
        time: SystemTime,
        onSend: @escaping @Sendable () -> Void
    ) -> ChannelFactory {
        let connector = GuardedConnector(
            addressGuard: AddressGuard(allowsPrivate: true),
            resolver: SystemResolver()
        )
        return ChannelFactory(
            transport: ChannelTransport(client: http, connector: connector, time: time),
            time: time,
            console: { _ in onSend() }
        )
    }

    /// Runs the worker until the queue is empty.
    ///
    /// - Returns: The time from the first send until the last event has ended in the queue.
    private static func run(
        _ worker: DeliveryWorker,
        _ sends: Sends,
        _ count: Int,
        until isDone: () async throws -> Bool
    ) async throws -> (seconds: Double, cpu: Double) {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: worker)],
                logger: BenchBroker.logger
            )
        )
        async let running: Void = group.run()
        while true {
            try await Task.sleep(for: .milliseconds(5))
            // The queue is not asked before, since that is work for it.
            if let first = sends.first, sends.count >= count, try await isDone() {
                let figures = (first.seconds, first.processorSeconds)
                await group.triggerGracefulShutdown()
                try await running
                return figures
            }
        }
    }
}
