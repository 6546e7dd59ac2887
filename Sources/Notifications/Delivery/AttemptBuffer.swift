internal import Logging
internal import Monitoring
internal import Synchronization

/// Carries attempts to the delivery log without ever holding a delivery up: bounded, and what doesn't fit is counted.
final class AttemptBuffer: Sendable {
    private struct State {
        var attempts: [DeliveryAttempt] = []
        var dropped = 0
        var isFailing = false
    }

    private static let capacity = 10_000
    private static let batch = 1_000
    private static let interval = Duration.milliseconds(250)
    private static let purgeInterval = Duration.seconds(3_600)

    private let log: any DeliveryLog
    private let retention: Duration
    private let time: any TimeSource
    private let logger: Logger
    private let wake = WakeSignal()
    private let state = Mutex(State())

    init(log: any DeliveryLog, retention: Duration, time: any TimeSource, logger: Logger) {
        self.log = log
        self.retention = retention
        self.time = time
        self.logger = logger
    }

    /// Attempts that were not written because too many waited.
    var dropped: Int { state.withLock { $0.dropped } }

    /// Takes an attempt, or drops it where too many wait.
    func append(_ attempt: DeliveryAttempt) {
        state.withLock { state in
            guard state.attempts.count < Self.capacity else {
                state.dropped += 1
                return
            }
            state.attempts.append(attempt)
        }
        wake.signal()
    }

    /// Writes what comes, and deletes what is too old, until cancelled.
    func run() async {
        var nextPurge = time.now() + .seconds(60)
        var backoff = Backoff(longest: .seconds(5))
        while !Task.isCancelled {
            let isWritten = await flush()
            if isWritten { backoff.reset() }
            if time.now() >= nextPurge, isWritten {
                nextPurge = time.now() + Self.purgeInterval
                await purge()
            }
            do {
                if isWritten {
                    try await wake.wait(upTo: .seconds(60), time: time)
                    // So that a burst is one transaction and not a hundred.
                    try await time.sleep(for: Self.interval)
                } else {
                    try await time.sleep(for: backoff.next())
                }
            } catch { return }
        }
    }

    /// Writes all that waits.
    ///
    /// - Returns: False where the database did not take it; it waits on.
    @discardableResult
    func flush() async -> Bool {
        while true {
            let batch = state.withLock { Array($0.attempts.prefix(Self.batch)) }
            guard !batch.isEmpty else { return true }
            do {
                try await log.append(batch)
                let (dropped, wasFailing) = state.withLock { state in
                    state.attempts.removeFirst(batch.count)
                    defer { state.isFailing = false }
                    return (state.dropped, state.isFailing)
                }
                if wasFailing {
                    logger.warning("the delivery log is written again", metadata: ["dropped": "\(dropped)"])
                }
            } catch {
                let isNew = state.withLock { state in
                    defer { state.isFailing = true }
                    return !state.isFailing
                }
                if isNew, !(error is CancellationError) {
                    logger.warning("the delivery log can't be written", metadata: ["error": "\(error)"])
                }
                return false
            }
        }
    }

    private func purge() async {
        do {
            try await log.purgeAttempts(olderThan: retention)
        } catch {
            logger.debug("the delivery log could not be purged", metadata: ["error": "\(error)"])
        }
    }
}
