package import Monitoring

/// Which dead letters are meant; a field that is nil means all.
package struct DeadLetterFilter: Sendable, Equatable {
    package var channel: ChannelID?
    package var type: EventPattern?
    /// Text that the reason contains, in upper or lower case.
    package var reason: String?
    /// The span of deaths, its end not included.
    package var since: Timestamp?
    package var until: Timestamp?

    package init(
        channel: ChannelID? = nil,
        type: EventPattern? = nil,
        reason: String? = nil,
        since: Timestamp? = nil,
        until: Timestamp? = nil
    ) {
        self.channel = channel
        self.type = type
        self.reason = reason
        self.since = since
        self.until = until
    }

    /// What the queue can find by itself.
    func query(limit: Int, isOldestFirst: Bool) -> DeadLetterQuery {
        DeadLetterQuery(limit: limit, channel: channel, since: since, until: until, isOldestFirst: isOldestFirst)
    }

    /// Whether a letter that the query found is one of them.
    func matches(_ letter: DeadLetter) -> Bool {
        if let reason, !letter.reason.lowercased().contains(reason.lowercased()) { return false }
        guard let type else { return true }
        guard case .event(let event, _, _) = QueueElement(letter.body) else { return false }
        return type.matches(event.type)
    }
}

/// How far something that goes through the dead letters has come, oldest first.
///
/// It ends with the newest that there was at its beginning, so that what dies again meanwhile is not taken again.
package struct DeadLetterCursor: Sendable, Equatable, CustomStringConvertible {
    let after: String?
    let last: String

    init(after: String?, last: String) {
        self.after = after
        self.last = last
    }

    /// Reads what ``description`` writes.
    package init?(_ text: String) {
        let parts = text.split(separator: "~", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 128, !parts[1].isEmpty else { return nil }
        self.init(after: parts[0].isEmpty ? nil : String(parts[0]), last: String(parts[1]))
    }

    package var description: String { "\(after ?? "")~\(last)" }
}
