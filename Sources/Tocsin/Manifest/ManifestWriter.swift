internal import Notifications
internal import Web
internal import Yams

/// Writes records of the server as the file that `tocsin apply` and `tocsin sites import` read.
struct ManifestWriter {
    private let terminal: Terminal
    private var secrets: [String] = []

    init(_ terminal: Terminal) {
        self.terminal = terminal
    }

    /// Writes all of the server's records of a kind, as a list under its key.
    mutating func write(_ kind: ManifestKind, of client: ServerClient) async throws {
        var isEmpty = true
        try await client.pages(kind.path, by: kind.cursor) { page in
            if isEmpty, !page.isEmpty { terminal.print("\(kind.key):") }
            isEmpty = isEmpty && page.isEmpty
            for record in page {
                note(secretsOf: record, kind)
                try write(Self.essential(record, kind))
            }
        }
        // A key without a value would be a list as well, but looks like a mistake.
        if isEmpty { terminal.print("\(kind.key): []") }
    }

    /// Ends the file with the list of what was not written.
    func finish() {
        guard !secrets.isEmpty else { return }
        terminal.print("# Secrets are not exported; applied to the server that they come from, they stay as they are:")
        for secret in secrets { terminal.print("#   \(Printable.text(secret, atMost: 200))") }
    }

    private func write(_ document: JSON) throws {
        terminal.write(try Self.text(of: [document.escapingVariables]))
    }

    /// Documents as the indented items of a list.
    static func text(of documents: [JSON]) throws -> String {
        let text = try Yams.serialize(node: JSON.array(documents).blockYAML, width: -1, allowUnicode: true)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  \($0)" }
            .joined(separator: "\n")
    }

    /// The record without what only answers have, and without defaults.
    private static func essential(_ record: JSON, _ kind: ManifestKind) -> JSON {
        let standard = kind == .site ? Defaults.site : Defaults.channel
        let defaults = record["defaults"]?.array?.compactMap(\.string) ?? []
        let members = (record.members ?? []).filter { member in
            if Defaults.answers.contains(member.name) || defaults.contains(member.name) || member.value == .null {
                return false
            }
            if kind == .site, member.name == "name", member.value.bytes == record["url"]?.bytes { return false }
            return standard[member.name] != member.value
        }
        return .object(members)
    }

    private mutating func note(secretsOf record: JSON, _ kind: ManifestKind) {
        let name = record["name"]?.string ?? "?"
        for header in record["headers"]?.members ?? [] where header.value.string == SiteDocument.hiddenValue {
            secrets.append("\(kind.rawValue) \(name), header \(header.name)")
        }
        for secret in record["secrets"]?.array ?? [] {
            secrets.append("\(kind.rawValue) \(name), \(secret.string ?? "?")")
        }
    }
}

extension JSON {
    /// The value with `${` written as `$${` in its texts, so that reading the file again finds no variable there.
    var escapingVariables: JSON {
        switch self {
        case .string(let text): .string(text.replacing("${", with: "$${"))
        case .array(let elements): .array(elements.map(\.escapingVariables))
        case .object(let members): .object(members.map { Member($0.name, $0.value.escapingVariables) })
        default: self
        }
    }

    /// A list in block style, which can be read item by item.
    fileprivate var blockYAML: Node {
        Node((array ?? []).map(\.yaml), Tag(.seq), .block)
    }
}
