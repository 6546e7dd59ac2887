internal import Crypto
internal import HTTPTypes
internal import Hummingbird
internal import Monitoring

/// The incidents and the maintenance of the status page as RSS 2.0 and Atom (RFC 4287).
struct StatusFeed: Sendable {
    /// The newest updates of an incident that an entry repeats, so that a feed's size has a bound.
    private static let mostUpdates = 20

    private struct Entry {
        /// Never changes, whatever is said of the incident.
        let id: String
        let title: String
        let publishedAt: Timestamp
        let changedAt: Timestamp
        let paragraphs: [String]
        /// Below the server's address.
        let path: String
    }

    private let title: String
    private let feedID: String
    private let changedAt: Timestamp
    private let entries: [Entry]

    init(_ page: StatusPage) {
        title = page.title
        feedID = Self.urn("feed", page.feedKey)
        let incidents = (page.open + page.ended).map { Self.entry(of: $0, page.feedKey) }
        let work = page.maintenance.map { Self.entry(of: $0, page.feedKey) }
        entries = (incidents + work).sorted { ($0.changedAt, $0.id) > ($1.changedAt, $1.id) }
        // Not the moment of rendering, so that a feed in which nothing is new is the same to the byte.
        changedAt = entries.first?.changedAt ?? page.at.startOfDay
    }

    private static func entry(of incident: PublicIncident, _ key: String) -> Entry {
        var paragraphs: [String] = []
        if incident.kind == .site { paragraphs.append("Not available since \(incident.startedAt.textForPeople).") }
        if incident.kind == .manual, !incident.sites.isEmpty {
            paragraphs.append("About \(incident.sites.joined(separator: ", ")).")
        }
        paragraphs += incident.updates.suffix(mostUpdates).map { update in
            "\(update.at.textForPeople), \(IncidentView.word(update.status)): \(update.message)"
        }
        if let end = incident.endedAt { paragraphs.append("Over since \(end.textForPeople).") }
        return Entry(
            id: urn("incident:\(incident.id)", key),
            title: incident.title,
            publishedAt: incident.startedAt,
            changedAt: incident.changedAt,
            paragraphs: paragraphs,
            path: "/status/history?month=\(StatusMonth(of: incident.startedAt).text)#incident-\(incident.id)"
        )
    }

    private static func entry(of work: PublicMaintenance, _ key: String) -> Entry {
        let sites = work.sites.isEmpty ? "all sites" : work.sites.joined(separator: ", ")
        return Entry(
            id: urn("maintenance:\(work.window):\(work.from.milliseconds)", key),
            title: "Maintenance: \(work.title)",
            publishedAt: work.from,
            changedAt: work.from,
            paragraphs: [
                "From \(work.from.textForPeople) to \(work.to.textForPeople), for \(sites).", work.description,
            ].compactMap { $0 },
            path: "/status"
        )
    }

    /// A UUID of the eighth version (RFC 9562), which is made of a hash: the same for the same thing of the same server.
    private static func urn(_ name: String, _ key: String) -> String {
        var bytes = Array(SHA256.hash(data: Array("\(key):\(name)".utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let text = TokenSecret.hex(bytes)
        var parts: [Substring] = []
        var rest = text[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return "urn:uuid:" + parts.joined(separator: "-")
    }

    // MARK: Writing

    private func html(_ entry: Entry) -> String {
        entry.paragraphs.map { paragraph in
            "<p>\(XMLText.escaped(paragraph).replacing("\n", with: "<br>"))</p>"
        }.joined()
    }

    var atom: StatusFeedText {
        let base = StatusFeedText.base
        let items = entries.map { entry in
            """
            <entry><id>\(entry.id)</id><title>\(XMLText.escaped(entry.title))</title>\
            <published>\(entry.publishedAt.rfc3339)</published><updated>\(entry.changedAt.rfc3339)</updated>\
            <link href="\(base)\(XMLText.escaped(entry.path))"/>\
            <content type="html">\(XMLText.escaped(html(entry)))</content></entry>

            """
        }
        return StatusFeedText(
            """
            <?xml version="1.0" encoding="utf-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom"><id>\(feedID)</id><title>\(XMLText.escaped(title))</title>\
            <updated>\(changedAt.rfc3339)</updated><author><name>\(XMLText.escaped(title))</name></author>\
            <link rel="self" type="application/atom+xml" href="\(base)/status/feed.atom"/><link href="\(base)/status"/>
            \(items.joined())</feed>

            """
        )
    }

    var rss: StatusFeedText {
        let base = StatusFeedText.base
        let items = entries.map { entry in
            """
            <item><guid isPermaLink="false">\(entry.id)</guid><title>\(XMLText.escaped(entry.title))</title>\
            <pubDate>\(XMLText.mailDate(entry.changedAt))</pubDate><link>\(base)\(XMLText.escaped(entry.path))</link>\
            <description>\(XMLText.escaped(html(entry)))</description></item>

            """
        }
        return StatusFeedText(
            """
            <?xml version="1.0" encoding="utf-8"?>
            <rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>\
            <title>\(XMLText.escaped(title))</title><link>\(base)/status</link>\
            <description>Incidents and maintenance</description>\
            <lastBuildDate>\(XMLText.mailDate(changedAt))</lastBuildDate>\
            <atom:link rel="self" type="application/rss+xml" href="\(base)/status/feed.rss"/>
            \(items.joined())</channel></rss>

            """
        )
    }
}

/// A feed that still lacks the address under which it was asked for.
struct StatusFeedText: Sendable {
    /// Stands for the address; no XML can hold it, so no text of people can be taken for it.
    static let base = "\u{1}"

    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The feed with the address that the reader used.
    func text(for request: Request) -> String { text.replacing(Self.base, with: Self.address(of: request)) }

    private static func address(of request: Request) -> String {
        let isSecure = request.headers[named: "X-Forwarded-Proto"]?.lowercased() == "https"
        let authority = request.head.authority ?? ""
        let isPlain = authority.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":")].contains(byte)
                || [UInt8(ascii: "["), UInt8(ascii: "]")].contains(byte)
        }
        return "\(isSecure ? "https" : "http")://\(isPlain && !authority.isEmpty ? authority : "localhost")"
    }
}

/// Text within XML.
enum XMLText {
    /// The text without what XML 1.0 has no place for, and with what has a meaning there escaped.
    static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&#39;"
            case "\t", "\n", "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                output.unicodeScalars.append(scalar)
            case "\r": break
            default: output += "\u{FFFD}"
            }
        }
        return output
    }

    /// A moment as RFC 822 has it.
    static func mailDate(_ moment: Timestamp) -> String {
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = moment.day.split(separator: "-")
        let weekday = weekdays[Int(moment.milliseconds / 86_400_000 % 7)]
        guard parts.count == 3, let month = Int(parts[1]), months.indices.contains(month - 1) else { return "" }
        return "\(weekday), \(parts[2]) \(months[month - 1]) \(parts[0]) \(moment.timeOfDay) +0000"
    }
}
