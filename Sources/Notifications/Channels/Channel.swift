package import Monitoring

/// A way to tell someone, made from its settings.
///
/// `send` makes one attempt and never throws: what goes wrong is an outcome, and the caller decides what follows. It ends
/// by its own time limit and when its task is cancelled.
package protocol Channel: Sendable {
    /// Makes one attempt.
    func send(_ message: Message) async -> SendOutcome
}

/// What one attempt is to bring across.
package struct Message: Sendable, Equatable {
    /// The same on every attempt.
    package var id: EventID
    package var event: Event
    /// When the event happened, or was first seen here where it does not say.
    package var time: Timestamp
    /// The recovery that this message tells as well; only for channels that people read.
    package var recovery: Recovery?

    package init(id: EventID, event: Event, time: Timestamp, recovery: Recovery? = nil) {
        self.id = id
        self.event = event
        self.time = time
        self.recovery = recovery
    }

    /// The end of the outage that an alert tells of.
    package struct Recovery: Sendable, Equatable {
        package var endedAt: Timestamp

        package init(endedAt: Timestamp) {
            self.endedAt = endedAt
        }
    }
}

/// What one attempt came to.
package struct SendOutcome: Sendable, Equatable {
    /// What the receiver's answer, or its absence, means.
    package enum Verdict: Sendable, Equatable {
        case delivered
        /// Worth another attempt.
        case failed(retryAfter: Duration?)
        /// The receiver asks for a pause; the attempt does not count where it says how long.
        case limited(retryAfter: Duration?)
        /// The receiver is gone for good: the channel is taken out of use.
        case gone
        /// No attempt will help this message.
        case refused
    }

    package var verdict: Verdict
    package var statusCode: Int?
    /// The start of the answer's body.
    package var response: String?
    /// Why it was not delivered, as a sentence without secrets.
    package var error: String?

    package init(_ verdict: Verdict, statusCode: Int? = nil, response: String? = nil, error: String? = nil) {
        self.verdict = verdict
        self.statusCode = statusCode
        self.response = response
        self.error = error
    }

    /// The message has arrived.
    package static let delivered = SendOutcome(.delivered)

    /// Whether the message has arrived.
    package var isDelivered: Bool { verdict == .delivered }
}

/// Who reads a channel, which decides how it is retried and whether messages are merged.
package enum Lane: Sendable, Equatable {
    /// A program: gets every event, in order.
    case webhook
    /// People: soon or not at all, and one message where one will do.
    case people
}

extension ChannelType {
    /// Who reads a channel of this type.
    package var lane: Lane { self == .webhook ? .webhook : .people }
}

extension ChannelSettings {
    /// When the channel's failed deliveries are tried again.
    package var retrySchedule: RetrySchedule {
        switch type.lane {
        case .people: .people
        // What is stored was validated; a schedule that can't be read any more must not stop deliveries.
        case .webhook: settings["retry"].flatMap { try? RetrySchedule(parsing: $0) } ?? .webhook
        }
    }
}
