internal import Monitoring

/// A held event and the deliveries that it becomes.
package struct RoutedEvent: Sendable, Equatable {
    /// One delivery to store.
    package struct Delivery: Sendable, Equatable {
        package let channel: ChannelID
        /// Deliveries of one channel and order are claimed one after the other, in the order of routing.
        package let order: String?
        /// From now.
        package let deadline: Duration
        /// From now; zero for at once.
        package let delay: Duration
        /// Attempts that were made already, at the time of routing.
        package let attempts: Int
        /// Why it is a dead letter from the start, where an attempt made before has ended it; not empty.
        package let buried: String?

        package init(
            channel: ChannelID,
            order: String?,
            deadline: Duration,
            delay: Duration = .zero,
            attempts: Int = 0,
            buried: String? = nil
        ) {
            self.channel = channel
            self.order = order
            self.deadline = deadline
            self.delay = delay
            self.attempts = attempts
            self.buried = buried
        }
    }

    package let token: String
    package let id: EventID
    /// The event's JSON with its id, as every delivery carries it.
    package let body: [UInt8]
    /// A hash of the body, by which the same id with another body is told apart.
    package let hash: String
    /// Whether the sender chose the id: then it is kept for a day after the end.
    package let isOwnID: Bool
    package let deliveries: [Delivery]

    package init(
        token: String,
        id: EventID,
        body: [UInt8],
        hash: String,
        isOwnID: Bool,
        deliveries: [Delivery]
    ) {
        self.token = token
        self.id = id
        self.body = body
        self.hash = hash
        self.isOwnID = isOwnID
        self.deliveries = deliveries
    }
}

/// What became of a held event that was to be routed.
package enum RouteOutcome: String, Sendable, Equatable {
    case routed
    /// The id with the same body is known already: the element is gone, nothing else was changed.
    case duplicate
    /// The id is known with another body: the element is a dead letter.
    case mismatch
    /// The worker no longer held it.
    case stale
}
