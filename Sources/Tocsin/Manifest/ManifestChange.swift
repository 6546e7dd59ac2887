internal import Notifications

/// One difference between the file and the server.
struct ManifestChange: Sendable, Equatable {
    enum Kind: String, Sendable {
        case site
        case channel
    }

    enum Action: Sendable, Equatable {
        case add(JSON)
        /// A merge patch, and the fields that it changes.
        case change(id: String, patch: JSON, fields: [String])
        case remove(id: String)
    }

    let kind: Kind
    let name: String
    let action: Action

    /// The change as one line of a difference.
    var line: String {
        let shown = Printable.text(name, atMost: 200)
        switch action {
        case .add: return "+ \(kind.rawValue) \(shown)"
        case .change(_, _, let fields): return "~ \(kind.rawValue) \(shown): \(fields.joined(separator: ", "))"
        case .remove: return "- \(kind.rawValue) \(shown)"
        }
    }
}
