internal import Notifications

/// One difference between the file and the server.
struct ManifestChange: Sendable, Equatable {
    enum Action: Sendable, Equatable {
        /// The record to make, and where the file says it.
        case add(JSON, at: String)
        /// A merge patch, the fields that it changes, and where the file says it.
        case change(id: String, patch: JSON, fields: [String], at: String)
        case remove(id: String)
    }

    let kind: ManifestKind
    let name: String
    let action: Action

    /// The change as one line of a difference.
    var line: String {
        let shown = Printable.text(name, atMost: 200)
        switch action {
        case .add: return "+ \(kind.rawValue) \(shown)"
        case .change(_, _, let fields, _): return "~ \(kind.rawValue) \(shown): \(fields.joined(separator: ", "))"
        case .remove: return "- \(kind.rawValue) \(shown)"
        }
    }

    /// Where the file asks for it, as a JSON pointer; nil for what is removed since the file doesn't name it.
    var pointer: String? {
        switch action {
        case .add(_, let pointer), .change(_, _, _, let pointer): pointer
        case .remove: nil
        }
    }
}
