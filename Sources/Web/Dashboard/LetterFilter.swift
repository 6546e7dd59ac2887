internal import Monitoring
internal import Notifications

/// Which dead letters a page shows, as it was typed; days are in UTC.
struct LetterFilter {
    private static let names = ["channel", "type", "reason", "since", "until"]

    private let values: [String: String]

    /// Reads the fields of a form or a query.
    init(_ value: (String) -> String?) {
        values = Dictionary(Self.names.compactMap { name in value(name).map { (name, $0) } }) { first, _ in first }
    }

    var isEmpty: Bool { values.isEmpty }

    /// The filter; what can't be read is in ``problems``.
    var filter: DeadLetterFilter {
        DeadLetterFilter(
            channel: values["channel"].flatMap { ChannelID($0) },
            type: values["type"].flatMap { EventPattern($0) },
            reason: values["reason"],
            since: day("since"),
            until: day("until").map { $0 + .seconds(86_400) }
        )
    }

    /// What is wrong with the fields, in sentences.
    var problems: [String] {
        var problems: [String] = []
        if let type = values["type"], EventPattern(type) == nil { problems.append("The type: \(EventPattern.rule)") }
        if let channel = values["channel"], ChannelID(channel) == nil { problems.append("There is no such channel.") }
        for name in ["since", "until"] where values[name] != nil && day(name) == nil {
            problems.append("\(name) should be a day like 2026-01-31.")
        }
        return problems
    }

    /// The fields as a query.
    var parameters: String {
        Self.names.compactMap { name in values[name].map { "\(name)=\(SignInController.encoded($0))" } }
            .joined(separator: "&")
    }

    /// The form with what was typed.
    func view(channels: [RegisteredChannel]) -> View {
        [
            "type": values["type"], "reason": values["reason"], "since": values["since"], "until": values["until"],
            "channel": values["channel"], "isFiltered": !isEmpty,
            "channels": channels.map { channel -> View in
                [
                    "id": channel.id.description, "name": channel.settings.name,
                    "isSelected": channel.id.description == values["channel"],
                ]
            },
        ]
    }

    /// What an action on many came to, told by the page that it leads to.
    static func notice(_ value: (String) -> String?) -> String? {
        func count(_ name: String) -> Int? { value(name).flatMap { Int($0) } }
        func letters(_ count: Int) -> String { count == 1 ? "1 dead letter" : "\(count) dead letters" }
        var sentences: [String] = []
        if let replayed = count("replayed") { sentences.append("\(letters(replayed)) put back.") }
        if let discarded = count("discarded") { sentences.append("\(letters(discarded)) discarded.") }
        if let full = count("full"), full > 0 { sentences.append("\(letters(full)) stay: the queue is full.") }
        if value("more") != nil { sentences.append("There are more; do it again.") }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    private func day(_ name: String) -> Timestamp? {
        guard let text = values[name], text.utf8.count == 10 else { return nil }
        return Timestamp(rfc3339: text + "T00:00:00Z")
    }
}
