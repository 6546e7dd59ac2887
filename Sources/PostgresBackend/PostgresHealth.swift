package import Logging
package import Monitoring
internal import ServiceLifecycle
internal import Synchronization

/// Asks the database every second whether it is there, for `/readyz` and the log.
///
/// The roles find out by themselves and go on by themselves; this says so where a role has nothing to do.
package final class PostgresHealth: Service, ReadinessReporting {
    private static let interval = Duration.seconds(1)
    /// How long an answer may take.
    private static let limit = Duration.seconds(2)

    private let database: PostgresDatabase
    private let time: any TimeSource
    private let logger: Logger
    /// It has been written to when this is made.
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
                let now = await self.ask()
                if Task.isCancelled { return }
                self.note(now)
                do { try await self.time.sleep(for: Self.interval) } catch { return }
            }
        }
    }

    private func ask() async -> Readiness {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [database] in _ = try await database.read { try await $0.query("SELECT 1") } }
                group.addTask { [database, time] in
                    try await time.sleep(for: Self.limit)
                    throw StoreError(
                        .unavailable,
                        "The database (\(database.place)) did not answer within \(Self.limit.text)."
                    )
                }
                defer { group.cancelAll() }
                try await group.next()
            }
            return .ready
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
