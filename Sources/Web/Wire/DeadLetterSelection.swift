internal import Monitoring
internal import Notifications

/// Which dead letters a request is about.
enum DeadLetterSelection: Equatable {
    case ids([String])
    case filter(DeadLetterFilter, from: DeadLetterCursor?)

    /// Reads it: `ids`, or some of `channel`, `type`, `reason`, `since` and `until`, or `all`; with `next` of the answer
    /// before to go on.
    ///
    /// - Throws: ``Problem`` with all that is wrong in the document.
    init(_ reader: inout ObjectReader) throws {
        let ids = reader.strings("ids", atMost: DeadLetterActions.maximumStep) {
            $0.utf8.count <= 128 ? nil : "Is no id."
        }
        let channel = reader.string("channel") { ChannelID($0) == nil ? "Is no id of a channel." : nil }
        let type = reader.string("type") { EventPattern($0) == nil ? EventPattern.rule : nil }
        let reason = reader.string("reason") { $0.isEmpty ? "Should not be empty." : nil }
        let since = Self.time("since", &reader)
        let until = Self.time("until", &reader)
        let all = reader.bool("all") ?? false
        let next = reader.string("next") {
            DeadLetterCursor($0) == nil ? "Is not one that an answer gave." : nil
        }
        let filter = DeadLetterFilter(
            channel: channel.flatMap { ChannelID($0) },
            type: type.flatMap { EventPattern($0) },
            reason: reason,
            since: since,
            until: until
        )
        let isFilter = filter != DeadLetterFilter()
        if [ids != nil, isFilter, all].count(where: { $0 }) != 1, reader.problems.isEmpty {
            reader.report(
                "",
                "Name exactly one of: ids (an array), a filter (channel, type, reason, since, until), all (true)."
            )
        }
        if ids != nil, next != nil { reader.report("next", "Goes with a filter or all, not with ids.") }
        let problems = reader.finish()
        guard problems.isEmpty else { throw Problem.invalid(problems) }
        self = ids.map(Self.ids) ?? .filter(filter, from: next.flatMap { DeadLetterCursor($0) })
    }

    private static func time(_ name: String, _ reader: inout ObjectReader) -> Timestamp? {
        reader.string(name) {
            Timestamp(rfc3339: $0) == nil ? "Should be a time like 2026-01-31T12:00:00Z." : nil
        }.flatMap(Timestamp.init(rfc3339:))
    }
}
