internal import Foundation
internal import Notifications

/// What another monitor's configuration becomes here: sites, channels, and a list of what could not be carried over.
struct Conversion: Sendable {
    /// Something that could not be carried over, of one or of many.
    struct Note: Sendable, Equatable {
        /// What is lost, and what to do about it.
        let reason: String
        /// Whose it is, such as the names of monitors.
        var subjects: [String]
    }

    private(set) var sites: [JSON] = []
    private(set) var channels: [JSON] = []
    private(set) var notes: [Note] = []
    private var names: [String: Set<String>] = [:]

    /// Notes what can't be carried over; the same reason is told once for all its subjects.
    mutating func note(_ subject: String, _ reason: String) {
        if let index = notes.firstIndex(where: { $0.reason == reason }) {
            if !notes[index].subjects.contains(subject) { notes[index].subjects.append(subject) }
        } else {
            notes.append(Note(reason: reason, subjects: [subject]))
        }
    }

    /// Takes a name that nothing of this kind has yet.
    ///
    /// - Parameters:
    ///   - wanted: The name that it should have.
    ///   - group: What tells it from its namesakes, if anything does.
    ///   - kind: `site` or `channel`.
    /// - Returns: The name as it was wanted, or with what makes it unique.
    mutating func name(_ wanted: String, group: String?, kind: String) -> String {
        let cleaned = Printable.text(wanted, atMost: kind == "site" ? 500 : 100).trimmingSpaces()
        let plain = cleaned.isEmpty ? "unnamed" : cleaned
        if names[kind, default: []].insert(plain).inserted { return plain }
        let candidates =
            [group.map { "\($0) / \(plain)" }].compactMap(\.self)
            + (2...).lazy.prefix(100_000).map {
                "\(plain) (\($0))"
            }
        for candidate in candidates where names[kind, default: []].insert(candidate).inserted {
            note(plain, "The name is there more than once, and names are unique: one is now called otherwise")
            return candidate
        }
        return plain
    }

    /// Takes a site, unless the server would refuse it.
    mutating func add(site: JSON) {
        guard case .failure(let error) = ServerSiteRules().check(site.withSampleVariables) else {
            sites.append(site)
            return
        }
        refuse("site", site, error.problems)
    }

    /// Takes a channel, unless the server would refuse it.
    mutating func add(channel: JSON) {
        let problems = ServerChannelRules.problems(of: channel.withSampleVariables)
        guard !problems.isEmpty else {
            channels.append(channel)
            return
        }
        refuse("channel", channel, problems)
    }

    private mutating func refuse(_ kind: String, _ document: JSON, _ problems: [FieldProblem]) {
        let details = problems.map { "\($0.pointer.dropFirst().replacing("/", with: ".")): \($0.detail)" }
        note(
            document["name"]?.string ?? "?",
            "Is not possible here as a \(kind), and left out: \(details.joined(separator: " "))"
        )
    }

    /// The file that `tocsin apply` reads.
    func yaml() throws -> String {
        var text = ""
        for (key, list) in [("channels", channels), ("sites", sites)] {
            text += list.isEmpty ? "\(key): []\n" : "\(key):\n"
            if !list.isEmpty { text += try ManifestWriter.text(of: list) }
        }
        return text
    }

    /// The notes, a line each.
    var lines: [String] {
        notes.map { note in
            let shown = note.subjects.prefix(5).map { Printable.text($0, atMost: 80) }.joined(separator: ", ")
            let rest = note.subjects.count > 5 ? " and \(note.subjects.count - 5) more" : ""
            let reason = note.reason.hasSuffix(".") ? String(note.reason.dropLast()) : note.reason
            return "\(shown)\(rest): \(Printable.text(reason, atMost: 700))."
        }
    }

    /// A tag that ties the sites of an alert to the channel that it went to.
    static func tag(_ channel: String) -> String {
        String("notify:\(channel)".replacing(",", with: " ").prefix(60)).trimmingSpaces()
    }
}

extension JSON {
    /// The document with something that passes the rules where the file will read an environment variable.
    fileprivate var withSampleVariables: JSON {
        switch self {
        case .string(let text) where text.contains("${"):
            let isWhole = text.hasPrefix("${") && text.firstIndex(of: "}") == text.indices.last
            let sample = text.replacing(#/\$?\$\{[^}]*\}?/#, with: "x")
            return .string(isWhole ? "https://example.com/x" : sample)
        case .array(let elements): return .array(elements.map(\.withSampleVariables))
        case .object(let members):
            return .object(members.map { Member($0.name, $0.value.withSampleVariables) })
        default: return self
        }
    }

    /// Whether this says nothing: null, false, 0, or empty.
    var isNothing: Bool {
        switch self {
        case .null, .bool(false): true
        case .bool: false
        case .number(let digits): digits == "0"
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        }
    }
}
