/// Where the stores are kept.
enum DatabaseLocation: Sendable, Equatable, CustomStringConvertible {
    case sqlite(path: String)

    /// Reads `sqlite:PATH`.
    ///
    /// - Throws: ``TocsinConfiguration/Expected``.
    init(text: String) throws {
        if text.hasPrefix("postgres:") || text.hasPrefix("postgresql:") {
            throw TocsinConfiguration.Expected("sqlite:PATH, such as sqlite:tocsin.db, for PostgreSQL is not built yet")
        }
        guard text.hasPrefix("sqlite:") else {
            throw TocsinConfiguration.Expected("sqlite:PATH, such as sqlite:tocsin.db")
        }
        var path = text.dropFirst("sqlite:".count)
        // `sqlite:///var/lib/tocsin.db`, as a URL would have it.
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        guard !path.isEmpty, path != ":memory:", !path.contains("\0") else {
            throw TocsinConfiguration.Expected("sqlite:PATH with the path of a file, such as sqlite:tocsin.db")
        }
        self = .sqlite(path: String(path))
    }

    /// `tocsin.sock` beside the file.
    var defaultSocket: String {
        switch self {
        case .sqlite(let path):
            guard let slash = path.lastIndex(of: "/") else { return "tocsin.sock" }
            return path[...slash] + "tocsin.sock"
        }
    }

    var description: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        }
    }
}
