internal import Notifications

/// Compares what a file says of one kind with the server's records, by name.
///
/// What the server never reads back (a secret, the value of a header) can't be compared: where the file gives one, it is
/// written again; where it gives none, it stays.
struct ManifestDifference {
    private(set) var changes: [ManifestChange] = []
    /// What the server would refuse.
    private(set) var problems: [FieldProblem] = []

    private let section: ManifestSection
    private let rules: ManifestRules
    private let prunes: Bool
    /// Names by their bytes: the server tells apart what Unicode holds for the same.
    private var places: [[UInt8]: Int] = [:]
    private var isFound: [Bool]

    /// Prepares a comparison.
    ///
    /// - Parameters:
    ///   - section: What the file says.
    ///   - rules: What the server makes of it.
    ///   - prunes: Whether what the file does not have is removed.
    init(_ section: ManifestSection, rules: ManifestRules, prunes: Bool) {
        self.section = section
        self.rules = rules
        self.prunes = prunes
        isFound = Array(repeating: false, count: section.documents.count)
        for (index, document) in section.documents.enumerated() {
            if let name = section.kind.name(of: document) { places[Array(name.utf8)] = index }
        }
    }

    /// Takes a page of the server's records.
    mutating func compare(_ page: [JSON]) {
        for current in page {
            guard let name = current["name"]?.string, let id = current["id"]?.string else { continue }
            guard let index = places[Array(name.utf8)] else {
                if prunes { changes.append(ManifestChange(kind: section.kind, name: name, action: .remove(id: id))) }
                continue
            }
            isFound[index] = true
            guard let wanted = record(index, replacing: current) else { continue }
            let paths = Self.differences(wanted, current)
            guard !paths.isEmpty else { continue }
            // A name that is the URL follows it, unless it is said as well.
            let following =
                section.kind == .site && paths.contains(["url"]) && !paths.contains(["name"]) ? [["name"]] : []
            let patch = (paths + following).reduce(JSON.object([])) { patch, path in
                patch.putting(wanted.value(at: path) ?? .null, at: path[...])
            }
            let fields = paths.map { $0.joined(separator: ".") }
            let action = ManifestChange.Action.change(id: id, patch: patch, fields: fields, at: section.pointer(index))
            changes.append(ManifestChange(kind: section.kind, name: name, action: action))
        }
    }

    /// Takes it that all records have been compared: the others are new.
    mutating func finish() {
        for (index, document) in section.documents.enumerated() where !isFound[index] {
            guard let wanted = record(index, replacing: nil), let name = section.kind.name(of: document) else {
                continue
            }
            let action = ManifestChange.Action.add(wanted, at: section.pointer(index))
            changes.append(ManifestChange(kind: section.kind, name: name, action: action))
        }
    }

    private mutating func record(_ index: Int, replacing current: JSON?) -> JSON? {
        switch rules.record(section.kind, section.documents[index], replacing: current) {
        case .success(let record): return record
        case .failure(let error):
            problems += error.problems.map { $0.below(section.pointer(index)) }
            return nil
        }
    }

    /// The paths of the fields in which the server's record is not what is wanted.
    private static func differences(_ wanted: JSON, _ current: JSON) -> [[String]] {
        // The server shows the value in force and names the fields whose value is its default.
        let defaults = current["defaults"]?.array?.compactMap(\.string) ?? []
        return (wanted.members ?? []).flatMap { member -> [[String]] in
            if Defaults.answers.contains(member.name) { return [] }
            let value = defaults.contains(member.name) ? .null : current[member.name] ?? .null
            guard let own = member.value.members, let others = value.members else {
                return member.value.isSame(as: value) ? [] : [[member.name]]
            }
            let names = own.map(\.name) + others.map(\.name).filter { member.value[$0] == nil }
            return names.filter { !(member.value[$0] ?? .null).isSame(as: value[$0] ?? .null) }.map {
                [member.name, $0]
            }
        }
    }
}

extension FieldProblem {
    /// The same problem in a larger document.
    func below(_ place: String) -> FieldProblem {
        FieldProblem(pointer: place + pointer, detail: detail)
    }
}

extension JSON {
    /// Whether the bytes are the same: `==` of texts takes those for equal that only Unicode does.
    fileprivate func isSame(as other: JSON) -> Bool { bytes == other.bytes }

    fileprivate func value(at path: [String]) -> JSON? {
        path.reduce(Optional(self)) { $0?[$1] }
    }

    fileprivate func putting(_ value: JSON, at path: ArraySlice<String>) -> JSON {
        guard let name = path.first else { return value }
        let inner = (self[name] ?? .object([])).putting(value, at: path.dropFirst())
        return .object((members ?? []).filter { $0.name != name } + [Member(name, inner)])
    }
}
