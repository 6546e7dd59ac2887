internal import Monitoring

/// A message as people read it.
package struct MessageText: Sendable, Equatable {
    /// How much it matters, for channels that can show it.
    package enum Urgency: Sendable, Equatable {
        case alert
        case warning
        case recovery
        case information
    }

    package var urgency: Urgency
    /// One line.
    package var title: String
    /// What there is to add; may be empty.
    package var body: String
    /// What it is about, as an http or https URL.
    package var link: String?

    /// Puts a message into words.
    package init(_ message: Message) {
        let event = message.event
        let data = event.data
        let name = data?["name"]?.string ?? event.subject ?? data?["url"]?.string ?? "a site"
        let startedAt = (data?["startedAt"]?.string).flatMap(Timestamp.init(rfc3339:)) ?? message.time
        switch event.type {
        case "site.down":
            let reason = Self.reason(data)
            if let recovery = message.recovery {
                urgency = .recovery
                title = "\(name) was down and is up again"
                let length = (recovery.endedAt - startedAt).words
                body = Self.lines(
                    "It was down for \(length), from \(startedAt.textForPeople) to \(recovery.endedAt.textForPeople).",
                    reason
                )
            } else {
                urgency = .alert
                title = "\(name) is down"
                body = Self.lines(reason, "Down since \(startedAt.textForPeople).")
            }
        case "site.up":
            urgency = .recovery
            title = "\(name) is up again"
            let endedAt = (data?["endedAt"]?.string).flatMap(Timestamp.init(rfc3339:)) ?? message.time
            if data?["startedAt"]?.string == nil {
                body = "Up since \(endedAt.textForPeople)."
            } else {
                let length = (endedAt - startedAt).words
                body = "It was down for \(length), from \(startedAt.textForPeople) to \(endedAt.textForPeople)."
            }
        case "site.degraded":
            urgency = .warning
            title = "\(name) is degraded"
            body = Self.lines(Self.reason(data), "Since \(message.time.textForPeople).")
        case "certificate.expiring":
            urgency = .warning
            if let end = (data?["certificateEndsAt"]?.string).flatMap(Timestamp.init(rfc3339:)) {
                let left = end - message.time
                title =
                    left > .zero
                    ? "The certificate of \(name) expires in \(left.words)"
                    : "The certificate of \(name) has expired"
                body = "It ends at \(end.textForPeople)."
            } else {
                title = "The certificate of \(name) expires soon"
                body = ""
            }
        default:
            urgency = .information
            title = event.subject.map { "\(event.type): \($0)" } ?? event.type
            body = data.map(Self.plain) ?? ""
        }
        title = title.onOneLine
        link = data?["url"]?.string.flatMap { $0.hasPrefix("http://") || $0.hasPrefix("https://") ? $0 : nil }
        if let link, name != link, urgency != .information {
            body = Self.lines(body, link)
        }
    }

    private static func reason(_ data: JSON?) -> String {
        let error = data?["error"]?.string ?? ""
        let status = data?["statusCode"]?.int
        guard let first = error.first else { return status.map { "It answered with status \($0)." } ?? "" }
        return String(first).uppercased() + error.dropFirst() + (error.hasSuffix(".") ? "" : ".")
    }

    /// What a program meant for people, if it says so; else all of it.
    private static func plain(_ data: JSON) -> String {
        for name in ["message", "text", "summary", "description"] {
            if let text = data[name]?.string, !text.isEmpty { return text }
        }
        if let text = data.string { return text }
        switch data {
        case .null, .object([]), .array([]): return ""
        default: return data.text
        }
    }

    private static func lines(_ parts: String...) -> String {
        parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }
}

extension Duration {
    /// The duration in the two units that matter, such as `3 min 20 s`.
    var words: String {
        let total = max(0, milliseconds)
        guard total >= 1_000 else { return "\(total) ms" }
        let seconds = total / 1_000
        let units: [(Int64, String)] = [
            (seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s"),
        ]
        let significant = units.drop { $0.0 == 0 }.prefix(2).filter { $0.0 != 0 }
        return significant.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }
}

extension String {
    /// The text in at most so many of some unit, cut at a character's boundary, with an ellipsis where it was cut.
    ///
    /// - Parameters:
    ///   - maximum: The most units, the ellipsis included; at least as many as the ellipsis has.
    ///   - length: How many units a text has.
    /// - Returns: The text, or its start.
    func cut(to maximum: Int, measuredBy length: (Substring) -> Int) -> String {
        guard length(self[...]) > maximum else { return self }
        let room = maximum - length("…")
        var used = 0
        var end = startIndex
        while end < endIndex {
            let next = index(after: end)
            used += length(self[end..<next])
            if used > room { break }
            end = next
        }
        return self[..<end] + "…"
    }

    /// The text in at most so many bytes of UTF-8.
    func cut(toBytes maximum: Int) -> String { cut(to: maximum) { $0.utf8.count } }

    /// The text in at most so many characters.
    func cut(toCharacters maximum: Int) -> String {
        // No text has more characters than bytes, which are counted at once.
        utf8.count <= maximum ? self : cut(to: maximum) { $0.count }
    }

    /// The text with its line breaks and control characters made spaces.
    var onOneLine: String {
        // Most texts are of printable ASCII.
        if utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return self }
        return String(
            String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 })
        )
    }
}
