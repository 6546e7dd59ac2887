package import Logging
package import Metrics
package import Monitoring
internal import ServiceLifecycle
internal import Synchronization

/// Makes events of committed transitions and queues them, in the order in which they were committed.
///
/// A batch that was queued and could not be marked is queued again; its ids make that harmless. So do several relays.
/// What a broker may have lost that was started anew is offered to it again, before anything newer is.
package final class OutboxRelay: Service, ReadinessReporting {
    private static let batch = 100
    /// How often the outbox is read without a signal; transitions of other processes come without one.
    private static let poll = Duration.seconds(1)
    /// How often a broker may be started anew while one batch is relayed.
    private static let mostRestarts = 5

    private let store: any MonitoringStore
    private let queue: any EventQueue
    private let time: any TimeSource
    private let logger: Logger
    private let wake = WakeSignal()
    private let health: RoleHealth
    private let broker = Mutex(IncarnationWatch())
    private let metrics: RelayMetrics

    package init(
        store: any MonitoringStore,
        queue: any EventQueue,
        time: any TimeSource,
        logger: Logger,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.store = store
        self.queue = queue
        self.time = time
        self.logger = logger
        self.metrics = RelayMetrics(metrics)
        health = RoleHealth("the relay of transitions", until: "The outbox has not been read yet.", time: time)
    }

    /// Not ready while the last attempt has failed, or hangs.
    package var readiness: Readiness { health.readiness }

    /// Tells that there is something in the outbox; cheap, and never blocks.
    package func signal() { wake.signal() }

    /// Relays until the process is to end.
    package func run() async throws {
        logger.info("relaying transitions to the event queue")
        await cancelWhenGracefulShutdown {
            var backoff = Backoff()
            while !Task.isCancelled {
                do {
                    self.health.isBusy()
                    while try await self.relayBatch() == Self.batch { self.health.isBusy() }
                    self.succeeded()
                    backoff.reset()
                    try await self.wake.wait(upTo: Self.poll, time: self.time)
                } catch is CancellationError {
                    break
                } catch {
                    self.failed(error)
                    // Cancelled while it waits: the loop's condition ends it.
                    try? await self.time.sleep(for: backoff.next())
                }
            }
        }
        logger.info("no longer relaying transitions")
    }

    /// Queues the oldest transitions that were not sent.
    ///
    /// - Returns: How many.
    func relayBatch() async throws -> Int {
        for _ in 0..<Self.mostRestarts {
            // Taken before the broker is asked: what it has lost was sent after it was seen well.
            let now = time.now()
            let incarnation = try await queue.incarnation()
            if let incarnation { try await offerAgain(to: incarnation, now: now) }
            let entries = try await store.outbox(limit: Self.batch)
            metrics.saw(entries, at: now)
            guard !entries.isEmpty else { return 0 }
            guard try await enqueue(entries, expecting: incarnation) else { continue }
            try await store.markSent(entries)
            metrics.relayed(entries.count)
            metrics.saw([], at: now)
            logger.debug("relayed transitions", metadata: ["count": "\(entries.count)"])
            return entries.count
        }
        throw QueueError(.unavailable, "The broker was another one each time that it was asked.")
    }

    /// Offers what the broker may have lost once more; what it has not lost it knows by its id.
    private func offerAgain(to incarnation: QueueIncarnation, now: Timestamp) async throws {
        let watch = broker.withLock { $0 }
        if let loss = watch.loss(at: incarnation) {
            let moment =
                switch loss {
                case .everything: Timestamp(milliseconds: 0)
                case .since(let moment): moment
                }
            let count = try await store.offerAgain(sentSince: moment)
            if watch.seenAt != nil {
                logger.warning(
                    "the broker was started anew and may have lost its last moments; transitions are offered again",
                    metadata: ["count": "\(count)", "hasLostAll": "\(loss == .everything)"]
                )
            }
        }
        broker.withLock { $0.accept(incarnation, at: now) }
    }

    /// Queues entries in their order.
    ///
    /// - Returns: False where the broker is not the expected one any more: it may lack what goes before them.
    private func enqueue(_ entries: [OutboxEntry], expecting incarnation: QueueIncarnation?) async throws -> Bool {
        let request = EnqueueRequest(key: nil, elements: entries.map(\.element), expecting: incarnation)
        switch try await queue.enqueue(request) {
        case .queued, .replayed: return true
        case .moved: return false
        case .full: throw QueueError(.full, "The event queue is full; its events must be delivered or discarded first.")
        case .mismatch:
            guard entries.count > 1 else {
                // The same transition was queued before, worded by another version of this program.
                logger.debug("a transition is queued already in other words", metadata: Self.metadata(entries))
                return true
            }
            for entry in entries {
                guard try await enqueue([entry], expecting: incarnation) else { return false }
            }
            return true
        }
    }

    private func succeeded() {
        if health.problem != nil { logger.debug("the outbox is relayed") }
        health.works()
    }

    private func failed(_ error: any Error) {
        let problem = "Transitions can't be relayed: \(error)"
        // Once for each cause, not once for each attempt.
        if health.problem != problem {
            logger.warning("transitions can't be relayed; trying on", metadata: ["error": "\(error)"])
        }
        health.fails(problem)
    }

    private static func metadata(_ entries: [OutboxEntry]) -> Logger.Metadata {
        ["events": "\(entries.map(\.eventID).joined(separator: " "))"]
    }
}
