package import Logging
package import Monitoring
internal import ServiceLifecycle

/// Knows whether events would be taken in now, also while nobody sends any.
///
/// Each second it asks the queue to add nothing, which fails wherever adding an event would (the broker away, read-only,
/// out of memory or disk), and the database for a token.
package struct IntakeWatch: Service, ReadinessReporting {
    private static let interval = Duration.seconds(1)

    private let queue: any EventQueue
    private let tokens: any TokenStore
    private let time: any TimeSource
    private let logger: Logger
    private let health: RoleHealth

    /// Makes a watch over what an API takes events in with.
    package init(queue: any EventQueue, tokens: any TokenStore, time: any TimeSource, logger: Logger) {
        self.queue = queue
        self.tokens = tokens
        self.time = time
        self.logger = logger
        health = RoleHealth("the intake of events", until: "The event queue has not been reached yet.", time: time)
    }

    package var readiness: Readiness { health.readiness }

    /// Looks until the process is to end.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff()
            var canWork = true
            while !Task.isCancelled {
                var pause = Self.interval
                do {
                    health.isBusy()
                    _ = try await queue.enqueue(EnqueueRequest(key: nil, elements: []))
                    _ = try await tokens.token(hash: "")
                    if !canWork { logger.info("events can be taken in again") }
                    canWork = true
                    backoff.reset()
                    health.works()
                } catch {
                    if Task.isCancelled { return }
                    if canWork { logger.warning("events can't be taken in", metadata: ["error": "\(error)"]) }
                    canWork = false
                    pause = backoff.next()
                    health.fails("Events can't be taken in: \(error)")
                }
                do { try await time.sleep(for: pause) } catch { return }
            }
        }
    }
}
