internal import Notifications

/// Compares the records of a file with those of the server, by name.
struct ManifestDifference {
    private let kind: ManifestChange.Kind
    private var wanted: [String: JSON] = [:]
    private var order: [String] = []
    private var found: Set<String> = []
    private let prunes: Bool
    /// The document that stands for what the file leaves out.
    private let standard: JSON

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
            let fields = Self.differences(document.over(standard), current, under: "")
            guard !fields.isEmpty else { return nil }
            return ManifestChange(kind: kind, name: name, action: .change(id: id, document: document, fields: fields))
        }
    }

    /// The records that the server had not.
    func additions() -> [ManifestChange] {
        order.filter { !found.contains($0) }.compactMap { name in
            wanted[name].map { ManifestChange(kind: kind, name: name, action: .add($0)) }
        }
    }

    /// The names of the fields of `wanted` that are not the same in `current`.
    private static func differences(_ wanted: JSON, _ current: JSON, under prefix: String) -> [String] {
        (wanted.members ?? []).flatMap { member -> [String] in
            let name = prefix + member.name
            let value = current[member.name] ?? .null
            // A value that came from a default reads as that value; the server names those fields.
            let isDefault = current["defaults"]?.array?.contains(.string(member.name)) == true
            if member.value == .null, isDefault { return [] }
            if member.value.members != nil, value.members != nil {
                return differences(member.value, value, under: name + ".")
            }
            if member.value == .object([]), value == .null { return [] }
            return member.value == value && !isDefault ? [] : [name]
        }
    }
}

extension JSON {
    /// The object, with what it leaves out taken from another.
    fileprivate func over(_ standard: JSON) -> JSON {
        guard case .object(let own) = self, case .object(let others) = standard else { return self }
        let merged = own.map { member in
            Member(member.name, standard[member.name].map { member.value.over($0) } ?? member.value)
        }
        return .object(merged + others.filter { other in !own.contains { $0.name == other.name } })
    }
}
