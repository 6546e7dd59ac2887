internal import Monitoring

/// What follows from one attempt.
struct DeliveryDecision: Sendable, Equatable {
    enum End: Sendable, Equatable {
        case sent
        case retry(delay: Duration, countsAttempt: Bool)
        case dead(reason: String)
    }

    var end: End
    /// For how long the channel asks to be left alone, by all of its deliveries.
    var pause: Duration?
    /// Why the channel is to be taken out of use.
    var disables: String?

    /// Decides by the rules of the channel's lane.
    ///
    /// - Parameters:
    ///   - outcome: Of the attempt.
    ///   - attempts: Attempts that counted before it.
    ///   - schedule: The channel's.
    ///   - deadline: The delivery's.
    ///   - now: When the attempt ended, by the clock of the deadline.
    ///   - jitter: 0 to 1.
    init(
        after outcome: SendOutcome,
        attempts: Int,
        schedule: RetrySchedule,
        deadline: Timestamp,
        now: Timestamp,
        jitter: Double
    ) {
        let error = outcome.error ?? "It failed without a reason."
        switch outcome.verdict {
        case .delivered: end = .sent
        case .refused: end = .dead(reason: "Refused: \(error)")
        case .gone:
            end = .dead(reason: error)
            disables = error
        case .failed(let retryAfter):
            end = Self.retry(
                attempts: attempts,
                wait: retryAfter,
                schedule: schedule,
                deadline: deadline,
                now: now,
                jitter: jitter,
                error: error
            )
        case .limited(let retryAfter):
            end = Self.retry(
                attempts: attempts,
                wait: retryAfter,
                isLimit: retryAfter != nil,
                schedule: schedule,
                deadline: deadline,
                now: now,
                jitter: jitter,
                error: error
            )
            if case .retry(let delay, _) = end { pause = retryAfter == nil ? nil : delay }
        }
    }

    private static func retry(
        attempts: Int,
        wait: Duration?,
        isLimit: Bool = false,
        schedule: RetrySchedule,
        deadline: Timestamp,
        now: Timestamp,
        jitter: Double,
        error: String
    ) -> End {
        let made = attempts + 1
        let delay: Duration
        let counts: Bool
        if let wait, isLimit || wait > schedule.delay(afterAttempts: made) {
            // It is the receiver who decides when: that wait uses up no attempt.
            let step = max(schedule.delay(afterAttempts: made), min(wait, schedule.retryAfterCap))
            (delay, counts) = (step + step * (jitter / 10), false)
        } else {
            switch schedule.step(afterAttempts: made, jitter: jitter) {
            case .exhausted: return .dead(reason: "Given up after \(made) attempts; the last: \(error)")
            case .retry(let after): (delay, counts) = (after, true)
            }
        }
        guard now + delay <= deadline else {
            return .dead(reason: "The next attempt would come after the deadline; the last: \(error)")
        }
        return .retry(delay: delay, countsAttempt: counts)
    }
}

extension RetrySchedule {
    /// The step after a number of attempts, that of the last one for any beyond.
    fileprivate func delay(afterAttempts attempts: Int) -> Duration {
        delays[min(max(0, attempts - 1), delays.count - 1)]
    }
}
