internal import Monitoring
internal import PostgresBackend

/// Where the stores are kept.
enum DatabaseLocation: Sendable, Equatable, CustomStringConvertible {
    case sqlite(path: String)
    /// A database of PostgreSQL, by its URL, which may hold a password.
    case postgres(url: String)

    /// Reads `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    ///
    /// - Throws: ``TocsinConfiguration/Expected``, which never repeats the URL.
    init(text: String) throws {
        if text.hasPrefix("postgres:") || text.hasPrefix("postgresql:") {
            do {
                _ = try PostgresConfiguration(url: text)
            } catch {
                throw TocsinConfiguration.Expected(
                    "the URL of a database, such as postgres://user:password@host:5432/name, in which what is special in "
                        + "a password is percent-encoded"
                )
            }
            self = .postgres(url: text)
            return
        }
        guard text.hasPrefix("sqlite:") else {
            throw TocsinConfiguration.Expected(
                "sqlite:PATH, such as sqlite:tocsin.db, or the URL of a PostgreSQL database, such as postgres://host/name"
            )
        }
        var path = text.dropFirst("sqlite:".count)
        // `sqlite:///var/lib/tocsin.db`, as a URL would have it.
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        guard !path.isEmpty, path != ":memory:", !path.contains("\0") else {
            throw TocsinConfiguration.Expected("sqlite:PATH with the path of a file, such as sqlite:tocsin.db")
        }
        self = .sqlite(path: String(path))
    }

    /// `tocsin.sock` beside the file; in the current folder where there is none.
    var defaultSocket: String {
        guard case .sqlite(let path) = self, let slash = path.lastIndex(of: "/") else { return "tocsin.sock" }
        return path[...slash] + "tocsin.sock"
    }

    /// The location without user and password.
    var description: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        case .postgres(let url): (try? PostgresConfiguration(url: url))?.place ?? "postgres"
        }
    }
}
