package import Logging
package import Monitoring
internal import ServiceLifecycle
internal import Synchronization

/// Keeps what was accepted in the last seconds, for a broker that crashes and comes back without them.
///
/// With `appendfsync everysec` that is its last second. Requests are queued once more, with the ids and the key that they
/// had, so that those which are there already stay as they are. Where the broker has no room for them they are offered again
/// until nobody can tell any more whether they were lost. What can't be given back is counted and told, once.
package final class AcceptanceKeeper: Service {
    private struct Kept: Sendable {
        let request: EnqueueRequest
        let at: Timestamp
        let size: Int
    }

    /// A request that the broker may have lost.
    private struct Owed: Sendable {
        let kept: Kept
        /// Until when it may be queued again.
        let until: Timestamp
    }

    /// Lost events that the broker has yet to count.
    private struct Loss: Sendable {
        let report: String
        let events: Int
    }

    private struct State {
        var watch = IncarnationWatch()
        var kept: [Kept] = []
        var size = 0
        var owed: [Owed] = []
        var losses: [Loss] = []

        /// Everything that is kept is owed, since the broker is another one.
        mutating func owe(until: Timestamp) {
            owed += kept.map { Owed(kept: $0, until: until) }
            (kept, size) = ([], 0)
        }

        /// Takes the oldest of what is owed that is more than may be kept.
        mutating func takeExcess(beyond capacity: Int) -> [Owed] {
            var excess = owed.reduce(0) { $0 + $1.kept.size } - capacity
            let count = owed.prefix { owed in
                defer { excess -= owed.kept.size }
                return excess > 0
            }.count
            defer { owed.removeFirst(count) }
            return Array(owed.prefix(count))
        }

        /// Drops the oldest while a condition holds.
        mutating func drop(while condition: (Kept) -> Bool) {
            let count = kept.prefix(while: condition).count
            size -= kept.prefix(count).reduce(0) { $0 + $1.size }
            kept.removeFirst(count)
        }
    }

    /// How often the broker is asked whether it is still the same.
    private static let interval = Duration.seconds(1)
    /// Longer than a broker may take until what it has taken in is on its disk.
    private static let span = Duration.seconds(5)
    /// Most bytes of requests that are kept; the oldest go first.
    private static let capacity = 16 << 20
    /// The queue knows an event for this long after its end; later, nobody can tell whether it was lost or has ended.
    private static let memory = Duration.seconds(50)

    private let queue: any EventQueue
    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State())

    package init(queue: any EventQueue, time: any TimeSource, logger: Logger) {
        self.queue = queue
        self.time = time
        self.logger = logger
    }

    /// Takes note of a request that the broker has taken in.
    func keep(_ request: EnqueueRequest) {
        let now = time.now()
        var request = request
        // What the broker knows of it when it is offered again must not look as if it was queued by that.
        request.key?.maker = nil
        let size = request.elements.reduce(0) { $0 + $1.body.count + 128 }
        state.withLock { state in
            state.kept.append(Kept(request: request, at: now, size: size))
            state.size += size
            guard state.size > Self.capacity else { return }
            // Several at once, so that this is not done for every request.
            let size = state.size
            var dropped = 0
            state.drop { kept in
                dropped += kept.size
                return dropped <= size - Self.capacity / 4 * 3
            }
        }
    }

    /// Looks after the broker until the process is to end.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.look()
                } catch is CancellationError {
                    return
                } catch {
                    // The broker is away: whoever needs it says so.
                    self.logger.trace("the broker could not be asked", metadata: ["error": "\(error)"])
                }
                do { try await self.time.sleep(for: Self.interval) } catch { return }
            }
        }
    }

    /// Asks the broker whether it is still the same, and gives back what it may have lost where it is not.
    func look() async throws {
        let now = time.now()
        guard let incarnation = try await queue.incarnation() else { return }
        let excess = state.withLock { state in
            if let seenAt = state.watch.seenAt, state.watch.loss(at: incarnation) != nil {
                state.owe(until: seenAt + Self.memory)
            }
            state.watch.accept(incarnation, at: now)
            // While the broker is away nothing is dropped, since nothing is accepted either.
            state.drop { $0.at < now - Self.span }
            return state.takeExcess(beyond: Self.capacity)
        }
        lose(excess.flatMap { $0.kept.request.elements.map(\.id) })
        let result: Result<Void, any Error>
        do {
            result = .success(try await giveBack(at: now))
        } catch {
            result = .failure(error)
        }
        // Counting takes no room, so that it is done where giving back has failed for want of it.
        while let loss = state.withLock({ $0.losses.first }) {
            try await queue.countLost(loss.events, report: loss.report)
            state.withLock { _ = $0.losses.removeFirst() }
        }
        try result.get()
    }

    /// Queues what is owed, the oldest first, until all is there or the broker has no room.
    private func giveBack(at now: Timestamp) async throws {
        var restored = 0
        defer {
            if restored > 0 {
                logger.warning(
                    "the broker had lost events that were accepted; they are queued again",
                    metadata: ["count": "\(restored)"]
                )
            }
        }
        // Only this looks at what is owed, one look at a time.
        for owed in state.withLock({ $0.owed }) {
            let request = owed.kept.request
            if now < owed.until {
                switch try await queue.enqueue(request) {
                case .full: return
                case .queued:
                    restored += request.elements.count
                    keep(request)
                // It may be on its way to the disk still.
                case .replayed, .moved: keep(request)
                case .mismatch: lose(request.elements.map(\.id))
                }
            } else {
                var lost: [EventID] = []
                for element in request.elements where try await queue.event(element.id) == nil {
                    lost.append(element.id)
                }
                lose(lost)
            }
            state.withLock { _ = $0.owed.removeFirst() }
        }
    }

    private func lose(_ events: [EventID]) {
        guard !events.isEmpty else { return }
        logger.error(
            "the broker has lost events that were accepted",
            metadata: [
                "count": "\(events.count)", "events": "\(events.prefix(20).map(\.rawValue).joined(separator: " "))",
            ]
        )
        let loss = Loss(report: ULID.text(at: time.now()), events: events.count)
        state.withLock { $0.losses.append(loss) }
    }
}
