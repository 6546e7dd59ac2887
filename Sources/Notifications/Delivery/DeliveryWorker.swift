package import Logging
package import Metrics
package import Monitoring
internal import ServiceLifecycle

/// Brings events to the channels that want them: waits, claims, routes once, sends, retries and buries.
///
/// What a delivery has come to stands in the queue alone. One loop decides; the attempts run beside it, never more than
/// there are slots, and tell it when they have ended. Trouble with the broker or the database is waited out.
package final class DeliveryWorker: Service, ReadinessReporting {
    private let queue: any EventQueue
    private let time: any TimeSource
    private let logger: Logger
    private let configuration: DeliveryConfiguration
    private let directory: ChannelDirectory
    private let attempts: AttemptBuffer
    private let mailbox: DeliveryMailbox
    private let health: RoleHealth
    private let metrics: DeliveryMetrics
    private let executor: (any TaskExecutor)?

    /// Makes a worker.
    ///
    /// - Parameters:
    ///   - queue: What is worked on.
    ///   - channels: The registered channels, read each second.
    ///   - factory: Makes what sends.
    ///   - log: Takes the history of attempts; its failure holds nothing up.
    ///   - configuration: How much at a time.
    ///   - time: The clock of timeouts and signatures.
    ///   - logger: Takes one line for each attempt.
    ///   - metrics: Makes what counts.
    ///   - executor: Where its tasks run, best where the queue's answers arrive.
    package init(
        queue: any EventQueue,
        channels: any ChannelStore,
        factory: ChannelFactory,
        log: any DeliveryLog,
        configuration: DeliveryConfiguration = DeliveryConfiguration(),
        time: any TimeSource,
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        executor: (any TaskExecutor)? = nil
    ) {
        self.executor = executor
        let mailbox = DeliveryMailbox()
        self.mailbox = mailbox
        self.queue = queue
        self.time = time
        self.logger = logger
        self.configuration = configuration
        self.metrics = DeliveryMetrics(metrics)
        directory = ChannelDirectory(
            store: channels,
            factory: factory,
            time: time,
            logger: logger,
            changed: { mailbox.channelsAreNew() }
        )
        attempts = AttemptBuffer(
            log: log,
            retention: configuration.logRetention,
            time: time,
            logger: logger
        )
        health = RoleHealth("the notifier", until: "The event queue has not been reached yet.", time: time)
    }

    /// Not ready while the queue can't be worked on, or the channels can't be loaded.
    package var readiness: Readiness {
        guard health.readiness == .ready else { return health.readiness }
        if let problem = directory.problem { return .notReady(problem) }
        return directory.snapshot == nil ? .notReady("The channels have not been loaded yet.") : .ready
    }

    /// Tells that a channel was added or changed, so that it is not only seen a second later.
    package func channelsChanged() { directory.refresh() }

    /// Works until the process is to end; then finishes what is in flight, within the grace time.
    package func run() async throws {
        logger.info("delivering events", metadata: ["concurrency": "\(configuration.concurrency)"])
        await withGracefulShutdownHandler {
            await withTaskExecutorPreference(self.executor) { await self.work() }
        } onGracefulShutdown: {
            self.mailbox.stop()
        }
        logger.info("no longer delivering events")
    }

    private func work() async {
        let boot = await withTaskGroup(of: Void.self) { helpers in
            helpers.addTask { await self.directory.run() }
            helpers.addTask { await self.attempts.run() }
            helpers.addTask { await self.keepLease() }
            let boot = await withDiscardingTaskGroup { group in
                var loop = DeliveryLoop(
                    queue: queue,
                    directory: directory,
                    attempts: attempts,
                    mailbox: mailbox,
                    health: health,
                    configuration: configuration,
                    time: time,
                    logger: logger,
                    metrics: metrics
                )
                await loop.run(in: &group)
                group.cancelAll()
                return loop.boot
            }
            helpers.cancelAll()
            return boot
        }
        do {
            // What is still held goes back without a crash counted.
            try await queue.leave(boot)
        } catch {
            logger.warning("the lease could not be ended; it runs out", metadata: ["error": "\(error)"])
        }
        await attempts.flush()
    }

    /// Beats beside the loop, so that a slow step of it costs no lease.
    private func keepLease() async {
        let interval = min(Duration.seconds(1), configuration.lease / 4)
        while !Task.isCancelled {
            do {
                try await time.sleep(for: interval)
                guard let boot = mailbox.bootToExtend(at: time.now(), every: interval) else { continue }
                if try await queue.beat(boot, lease: configuration.lease) {
                    mailbox.leaseIsExtended(of: boot, at: time.now())
                } else {
                    mailbox.leaseIsLost(by: boot)
                }
            } catch is CancellationError {
                return
            } catch {
                // The loop meets the same trouble and tells of it.
                logger.trace("a beat failed", metadata: ["error": "\(error)"])
            }
        }
    }
}
