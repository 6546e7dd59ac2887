package import Logging
package import Monitoring
internal import ServiceLifecycle
internal import Synchronization

/// Keeps what was accepted in the last seconds, for a broker that crashes and comes back without them.
///
/// With `appendfsync everysec` that is its last second. Requests are queued once more, with the ids and the key that they
/// had, so that those which are there already stay as they are. What can't be given back is counted and told.
package final class AcceptanceKeeper: Service {
    private struct Kept: Sendable {
        let request: EnqueueRequest
        let at: Timestamp
        let size: Int
    }

    private struct State {
        var watch = IncarnationWatch()
        var kept: [Kept] = []
        var size = 0
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
        let size = request.elements.reduce(0) { $0 + $1.body.count + 128 }
        state.withLock { state in
            state.kept.append(Kept(request: request, at: now, size: size))
            state.size += size
            Self.drop(from: &state, now: now)
        }
    }

    private static func drop(from state: inout State, now: Timestamp) {
        var count = 0
        for kept in state.kept {
            guard kept.at < now - span || state.size > capacity else { break }
            state.size -= kept.size
            count += 1
        }
        state.kept.removeFirst(count)
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
        let watch = state.withLock { $0.watch }
        if let seenAt = watch.seenAt, watch.loss(at: incarnation) != nil {
            try await giveBack(state.withLock { $0.kept }, afterSilence: now - seenAt)
        }
        state.withLock { state in
            state.watch.accept(incarnation, at: now)
            // While the broker is away nothing is dropped, since nothing is accepted either.
            Self.drop(from: &state, now: now)
        }
    }

    private func giveBack(_ kept: [Kept], afterSilence silence: Duration) async throws {
        var restored = 0
        var lost: [EventID] = []
        for kept in kept {
            if silence < Self.memory {
                switch try await queue.enqueue(kept.request) {
                case .queued: restored += kept.request.elements.count
                case .replayed, .moved: break
                case .mismatch, .full: lost += kept.request.elements.map(\.id)
                }
            } else {
                for element in kept.request.elements where try await queue.event(element.id) == nil {
                    lost.append(element.id)
                }
            }
        }
        if restored > 0 {
            logger.warning(
                "the broker had lost events that were accepted; they are queued again",
                metadata: ["count": "\(restored)"]
            )
        }
        if !lost.isEmpty {
            logger.error(
                "the broker has lost events that were accepted",
                metadata: [
                    "count": "\(lost.count)", "events": "\(lost.prefix(20).map(\.rawValue).joined(separator: " "))",
                ]
            )
            try await queue.countLost(lost.count)
        }
    }
}
