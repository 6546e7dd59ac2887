internal import Notifications

/// What a file for `tocsin apply` lists, in the order in which it is exported and applied.
enum ManifestKind: String, Sendable, CaseIterable {
    /// First, so that there is somebody to tell when the first site is checked.
    case channel
    case site

    /// The key of the list in the file, and the name of the collection in the API.
    var key: String { "\(rawValue)s" }

    /// The path of the collection.
    var path: [String] { ["v1", key] }

    /// How the collection is read.
    var cursor: ServerClient.Cursor {
        switch self {
        case .channel: .none
        case .site: .after
        }
    }

    /// What a document is known by: its name; of a site, its URL where it gives none.
    func name(of document: JSON) -> String? {
        document["name"]?.string ?? (self == .site ? document["url"]?.string : nil)
    }
}
