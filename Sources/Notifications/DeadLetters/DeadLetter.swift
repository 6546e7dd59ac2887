package import Monitoring

/// Which dead letters to list.
package struct DeadLetterQuery: Sendable, Equatable {
    /// The last id of the page before, newest first.
    package var before: String?
    /// The last id of the page before, oldest first.
    package var after: String?
    package var limit: Int
    package var channel: ChannelID?
    /// The span of deaths, its end not included.
    package var since: Timestamp?
    package var until: Timestamp?
    package var isOldestFirst: Bool

    package init(
        before: String? = nil,
        after: String? = nil,
        limit: Int = 100,
        channel: ChannelID? = nil,
        since: Timestamp? = nil,
        until: Timestamp? = nil,
        isOldestFirst: Bool = false
    ) {
        self.before = before
        self.after = after
        self.limit = limit
        self.channel = channel
        self.since = since
        self.until = until
        self.isOldestFirst = isOldestFirst
    }

    /// Every id that is asked for sorts behind this one.
    package var lowerBound: String? { [after, since.map(DeadLetter.bound)].compactMap(\.self).max() }

    /// Every id that is asked for sorts before this one.
    package var upperBound: String? { [before, until.map(DeadLetter.bound)].compactMap(\.self).min() }
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
    /// Sorts by the time of death: fourteen digits of it in Unix milliseconds, a dash, twelve of a number.
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

    /// Sorts behind the ids of all that died before a moment, and before those of the others.
    fileprivate static func bound(_ moment: Timestamp) -> String {
        let digits = String(max(0, moment.milliseconds))
        return String(repeating: "0", count: max(0, 14 - digits.count)) + digits
    }
}
