package import Monitoring

/// An event as the queue knows it.
package struct QueuedEvent: Sendable, Equatable {
    /// Where an event stands.
    package enum State: String, Sendable {
        case queued
        case routed
        case unrouted
        case ended
    }

    /// Where one of its deliveries stands.
    package struct Delivery: Sendable, Equatable {
        /// Waiting, with a worker, or ended.
        package enum State: String, Sendable {
            case pending
            case held
            case sent
            case dead
        }

        package let channel: ChannelID
        package let state: State
        package let attempts: Int
        /// When it is due, while it is pending.
        package let due: Timestamp?

        package init(channel: ChannelID, state: State, attempts: Int, due: Timestamp?) {
            self.channel = channel
            self.state = state
            self.attempts = attempts
            self.due = due
        }
    }

    package let id: EventID
    package let state: State
    package let deliveries: [Delivery]

    package init(id: EventID, state: State, deliveries: [Delivery]) {
        self.id = id
        self.state = state
        self.deliveries = deliveries
    }
}
