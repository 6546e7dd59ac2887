/// Dead letters to put back.
package struct ReplayRequest: Sendable, Equatable {
    /// One dead letter.
    package struct Item: Sendable, Equatable {
        package let letter: String
        /// Of a delivery, from when it falls due.
        package let deadline: Duration
        /// What is to follow the delivery in its order, unless something follows it already: the recovery of an alert.
        package let sequel: EnqueueRequest.Element?

        package init(letter: String, deadline: Duration, sequel: EnqueueRequest.Element? = nil) {
            self.letter = letter
            self.deadline = deadline
            self.sequel = sequel
        }
    }

    package var items: [Item]
    /// Between two deliveries that are put back to the same channel, by this request or another.
    package var spacing: Duration

    package init(items: [Item], spacing: Duration) {
        self.items = items
        self.spacing = spacing
    }
}

/// What became of a dead letter that was to be put back.
package enum ReplayOutcome: String, Sendable, Equatable {
    case replayed
    /// It is not there any more, or its event is on its way again already.
    case gone
    /// The queue, or the channel's backlog, has reached its bound: the dead letter stays.
    case full
}
