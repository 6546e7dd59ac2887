internal import Monitoring

/// When a failed delivery is tried again, and when no more.
package struct RetrySchedule: Sendable, Equatable {
    /// What follows from one failed attempt.
    package enum Step: Sendable, Equatable {
        case retry(after: Duration)
        /// All attempts are used up.
        case exhausted
    }

    /// The delay after the first attempt, the second and so on.
    package let delays: [Duration]
    /// Whether the last delay repeats until the deadline.
    package let repeatsLast: Bool
    /// How long a delivery may wait in all, whatever it waits for.
    package let deadline: Duration
    /// The longest wait that a receiver can ask for.
    package let retryAfterCap: Duration

    private init(delays: [Duration], repeatsLast: Bool, deadline: Duration, retryAfterCap: Duration) {
        self.delays = delays
        self.repeatsLast = repeatsLast
        self.deadline = deadline
        self.retryAfterCap = retryAfterCap
    }

    /// The schedule of Standard Webhooks: ten attempts in three days.
    package static let webhook = RetrySchedule(
        delays: [
            .seconds(5), .seconds(300), .seconds(1_800), .seconds(7_200), .seconds(18_000), .seconds(36_000),
            .seconds(50_400), .seconds(72_000), .seconds(86_400),
        ],
        repeatsLast: false,
        deadline: .seconds(76 * 3_600),
        retryAfterCap: .seconds(86_400)
    )

    /// The schedule of channels that people read: an alert that comes tomorrow is no alert.
    package static let people = RetrySchedule(
        delays: [
            .seconds(1), .seconds(5), .seconds(15), .seconds(30), .seconds(60), .seconds(120), .seconds(300),
        ],
        repeatsLast: true,
        deadline: .seconds(6 * 3_600),
        retryAfterCap: .seconds(3_600)
    )

    /// Reads a webhook's own schedule.
    ///
    /// - Parameter text: 1 to 20 durations, separated by commas, each at least 100 ms and 76 h together at most.
    /// - Throws: ``FieldProblem`` without a pointer.
    package init(parsing text: String) throws(FieldProblem) {
        let webhook = Self.webhook
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            Duration(text: part.trimmed)
        }
        let delays = parts.compactMap { $0 }
        guard delays.count == parts.count, (1...20).contains(delays.count),
            delays.allSatisfy({ $0 >= .milliseconds(100) }), delays.reduce(.zero, +) <= webhook.deadline
        else {
            throw FieldProblem(
                pointer: "",
                detail: "Must be 1 to 20 durations separated by commas, such as 5s,5m,30m: each at least 100ms, and "
                    + "together at most \(webhook.deadline.text)."
            )
        }
        self.init(
            delays: delays,
            repeatsLast: false,
            deadline: webhook.deadline,
            retryAfterCap: webhook.retryAfterCap
        )
    }

    /// The delays as ``init(parsing:)`` reads them.
    package var text: String { delays.map(\.text).joined(separator: ",") }

    /// What follows after a number of attempts.
    ///
    /// The delay is never less than the step, and never less than what the receiver asked for, up to the cap.
    ///
    /// - Parameters:
    ///   - attempts: Attempts that were made and counted, the last one included.
    ///   - retryAfter: What the receiver asked for.
    ///   - jitter: 0 to 1; adds up to a tenth.
    /// - Returns: The delay, or that there is no more attempt.
    package func step(afterAttempts attempts: Int, retryAfter: Duration? = nil, jitter: Double) -> Step {
        let index = max(0, attempts - 1)
        guard index < delays.count || repeatsLast, let last = delays.last else { return .exhausted }
        let step = index < delays.count ? delays[index] : last
        let delay = max(step, min(retryAfter ?? .zero, retryAfterCap))
        return .retry(after: delay + delay * (min(max(jitter, 0), 1) / 10))
    }
}

extension Substring {
    /// The text without spaces around it.
    fileprivate var trimmed: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
