package import Logging
package import Monitoring
internal import ServiceLifecycle
internal import Synchronization

/// Asks the database every second whether it is there, for `/readyz` and the log.
///
/// The roles find out by themselves and go on by themselves; this says so where a role has nothing to do. So it does not
/// matter that it learns nothing while they have all the connections in use.
package final class PostgresHealth: Service, ReadinessReporting {
    private static let interval = Duration.seconds(1)
    /// How long an answer may take.
    private static let limit = Duration.seconds(2)
    /// How long to wait for a connection that no role is using.
    private static let wait = Duration.seconds(1)

    private let database: PostgresDatabase
    private let time: any TimeSource
    private let logger: Logger
    /// Ready at first: the start has just used the database.
    private let state = Mutex(Readiness.ready)

    package init(database: PostgresDatabase, time: any TimeSource, logger: Logger) {
        self.database = database
        self.time = time
        self.logger = logger
    }

    package var readiness: Readiness { state.withLock { $0 } }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                do { try await self.time.sleep(for: Self.interval) } catch { return }
            }
        }
    }

    /// Asks once.
    func look() async {
        let now = await ask()
        if let now, !Task.isCancelled { note(now) }
    }

    /// Nil where there is no telling.
    private func ask() async -> Readiness? {
        do {
            let isAnswer = try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask { [database] in try await database.answers(waiting: Self.wait) }
                group.addTask { [database, time] in
                    try await time.sleep(for: Self.limit)
                    throw StoreError(
                        .unavailable,
                        "The database (\(database.place)) did not answer within \(Self.limit.text)."
                    )
                }
                defer { group.cancelAll() }
                return try await group.next() ?? false
            }
            return isAnswer ? .ready : nil
        } catch {
            return .notReady("\(error)")
        }
    }

    private func note(_ now: Readiness) {
        let before = state.withLock { state in
            defer { state = now }
            return state
        }
        switch (before, now) {
        case (.ready, .notReady(let reason)):
            logger.warning("the database is away; going on by itself when it is back", metadata: ["error": "\(reason)"])
        case (.notReady, .ready): logger.notice("the database is back")
        default: break
        }
    }
}
