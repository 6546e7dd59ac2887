internal import Monitoring
internal import Notifications

/// Compares the records of a file with those of the server, by name.
///
/// What the server never reads back (a secret, the value of a header) can't be compared: where the file gives one, it is
/// written again; where it gives none, it stays.
struct ManifestDifference {
    private let kind: ManifestChange.Kind
    private let prunes: Bool
    /// What stands for the fields that a document leaves out; null where that depends on the server.
    private let standard: JSON
    private var wanted: [String: JSON] = [:]
    private var order: [String] = []
    private var found: Set<String> = []

    /// Prepares a comparison.
    ///
    /// - Parameters:
    ///   - kind: What the documents are.
    ///   - documents: Those of the file.
    ///   - standard: The defaults of fields that a document leaves out.
    ///   - prunes: Whether what the file does not have is removed.
    init(_ kind: ManifestChange.Kind, _ documents: [JSON], standard: JSON, prunes: Bool) {
        self.kind = kind
        self.standard = standard
        self.prunes = prunes
        for document in documents {
            guard let name = Manifest.name(of: document) else { continue }
            wanted[name] = document
            order.append(name)
        }
    }

    /// The changes that a page of the server's records asks for.
    mutating func changes(_ page: [JSON]) -> [ManifestChange] {
        page.compactMap { current in
            guard let name = current["name"]?.string, let id = current["id"]?.string else { return nil }
            guard let document = wanted[name] else {
                return prunes ? ManifestChange(kind: kind, name: name, action: .remove(id: id)) : nil
            }
            found.insert(name)
            let paths = differences(document, current)
            guard !paths.isEmpty else { return nil }
            let patch = paths.reduce(JSON.object([])) { patch, path in
                patch.putting(document.value(at: path) ?? standard.value(at: path) ?? .null, at: path[...])
            }
            let fields = paths.map { $0.joined(separator: ".") }
            return ManifestChange(kind: kind, name: name, action: .change(id: id, patch: patch, fields: fields))
        }
    }

    /// The records that the server had not.
    func additions() -> [ManifestChange] {
        order.filter { !found.contains($0) }.compactMap { name in
            wanted[name].map { ManifestChange(kind: kind, name: name, action: .add($0)) }
        }
    }

    /// The paths of the fields that are not as the document, or the default behind it, has them.
    private func differences(_ document: JSON, _ current: JSON) -> [[String]] {
        let ignored: Set<String> = Defaults.answers
        let names = unique((document.members ?? []).map(\.name) + (standard.members ?? []).map(\.name))
        return names.filter { !ignored.contains($0) }.flatMap { name -> [[String]] in
            // A document that came from a server says which of its values were defaults.
            let own = Self.isDefault(name, in: document) ? nil : document[name]
            let value = current[name] ?? .null
            // The server shows the value in force and names the fields whose value is its default.
            let isDefault = Self.isDefault(name, in: current)
            if (own ?? .null) == .null, isDefault { return [] }
            guard let fields = value.members, own == nil || own?.members != nil else {
                let wanted = own ?? standard[name] ?? .null
                return !isDefault && Self.isSame(wanted, value, name) ? [] : [[name]]
            }
            let inner =
                (own?.members ?? []).map(\.name) + (standard[name]?.members ?? []).map(\.name) + fields.map(\.name)
            return unique(inner).filter { field in
                let wanted = own?[field] ?? standard[name]?[field] ?? .null
                return !Self.isSame(wanted, value[field] ?? .null, field)
            }.map { [name, $0] }
        }
    }

    private static func isDefault(_ name: String, in document: JSON) -> Bool {
        document["defaults"]?.array?.contains(.string(name)) == true
    }

    /// Whether two values mean the same: `1m` is `60s`, and a status may be a number.
    private static func isSame(_ left: JSON, _ right: JSON, _ name: String) -> Bool {
        if left == right { return true }
        if case .array(let lefts) = left, case .array(let rights) = right {
            return lefts.map(\.cell) == rights.map(\.cell)
        }
        guard ["interval", "timeout", "latency"].contains(name), let one = left.string, let other = right.string,
            let duration = Duration(text: one)
        else { return false }
        return duration == Duration(text: other)
    }

    private func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}

extension JSON {
    fileprivate func value(at path: [String]) -> JSON? {
        path.reduce(Optional(self)) { $0?[$1] }
    }

    fileprivate func putting(_ value: JSON, at path: ArraySlice<String>) -> JSON {
        guard let name = path.first else { return value }
        let inner = (self[name] ?? .object([])).putting(value, at: path.dropFirst())
        return .object((members ?? []).filter { $0.name != name } + [Member(name, inner)])
    }
}
