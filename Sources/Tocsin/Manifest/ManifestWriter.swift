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

    /// Begins a list.
    func begin(_ key: String) { terminal.print("\(key):") }

    /// Writes a page of sites; what is a default is left out.
    mutating func write(sites page: [JSON]) throws {
        for site in page {
            let headers = site["headers"]?.members ?? []
            for header in headers where header.value.string == SiteDocument.hiddenValue {
                secrets.append("site \(site["name"]?.string ?? "?"), header \(header.name)")
            }
            try write(Self.essential(site, standard: Defaults.site, name: "url"))
        }
    }

    /// Writes a page of channels, without their secrets.
    mutating func write(channels page: [JSON]) throws {
        for channel in page {
            for name in channel["secrets"]?.array ?? [] {
                secrets.append("channel \(channel["name"]?.string ?? "?"), \(name.string ?? "?")")
            }
            try write(Self.essential(channel, standard: Defaults.channel, name: nil))
        }
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

    private static func essential(_ record: JSON, standard: JSON, name: String?) -> JSON {
        let defaults = record["defaults"]?.array?.compactMap(\.string) ?? []
        let members = (record.members ?? []).filter { member in
            if Defaults.answers.contains(member.name) || defaults.contains(member.name) || member.value == .null {
                return false
            }
            if let name, member.name == "name", member.value == record[name] { return false }
            return standard[member.name] != member.value
        }
        return .object(members)
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
