package import Monitoring

/// Which dead letters to list.
package struct DeadLetterQuery: Sendable, Equatable {
    /// The last id of the page before.
    package var before: String?
    package var limit: Int
    package var channel: ChannelID?

    package init(before: String? = nil, limit: Int = 100, channel: ChannelID? = nil) {
        self.before = before
        self.limit = limit
        self.channel = channel
    }
}

/// A page of dead letters, and where the next begins.
package struct DeadLetterPage: Sendable, Equatable {
    package let items: [DeadLetter]
    package let next: String?

    package init(items: [DeadLetter], next: String?) {
        self.items = items
        self.next = next
    }
}

/// What could not be delivered, kept for people to look at.
package struct DeadLetter: Sendable, Equatable, Identifiable {
    /// Sorts by the time of death.
    package let id: String
    package let event: EventID?
    /// Nil for an element that never became a delivery.
    package let channel: ChannelID?
    package let reason: String
    package let attempts: Int
    package let body: [UInt8]
    package let at: Timestamp

    package init(
        id: String,
        event: EventID?,
        channel: ChannelID?,
        reason: String,
        attempts: Int,
        body: [UInt8],
        at: Timestamp
    ) {
        self.id = id
        self.event = event
        self.channel = channel
        self.reason = reason
        self.attempts = attempts
        self.body = body
        self.at = at
    }
}
