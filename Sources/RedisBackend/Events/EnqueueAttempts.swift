internal import Logging
internal import Monitoring
internal import Notifications
internal import Redis

/// Enqueues once, whatever becomes of the replies on the way, and answers in time.
///
/// RPUSH must not be repeated blindly. This may be: every event's id is remembered in the step that adds it, so that a
/// repetition finds what the first try has added.
struct EnqueueAttempts {
    let limit: Duration
    let logger: Logger

    func run(_ attempt: @escaping @Sendable () async throws -> EnqueueOutcome) async throws -> EnqueueOutcome {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var delay: Duration = .milliseconds(20)
        var isFirst = true
        while true {
            do {
                // A command is given up by its client after as long; only what comes after the first try must end sooner.
                return isFirst ? try await attempt() : try await Self.within(deadline - clock.now, attempt)
            } catch let error as RedisError where Self.isPassing(error) {
                guard clock.now + delay < deadline else { throw error }
                logger.debug("Trying to enqueue again", metadata: ["error": "\(error)"])
                try await Task.sleep(for: delay, clock: .continuous)
                isFirst = false
                delay = min(delay * 2, .milliseconds(250))
            }
        }
    }

    /// Whether trying again soon may help.
    private static func isPassing(_ error: RedisError) -> Bool {
        if let reply = error.reply {
            return ["LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"].contains(reply.code)
        }
        return switch error.code {
        case .connectionFailed, .outcomeUnknown, .notSent, .timedOut: true
        default: false
        }
    }

    private static func within(
        _ limit: Duration,
        _ attempt: @escaping @Sendable () async throws -> EnqueueOutcome
    ) async throws -> EnqueueOutcome {
        do {
            return try await TimeLimit(limit, on: SystemTime()).run(attempt)
        } catch is TimeLimit.Exceeded {
            throw RedisError(.outcomeUnknown, "Redis did not answer in time; the events may have been added.")
        }
    }
}
