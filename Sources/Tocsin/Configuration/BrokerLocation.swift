internal import Foundation

/// What keeps the two queues.
enum BrokerLocation: Sendable, Equatable, CustomStringConvertible {
    /// The SQLite file.
    case embedded
    /// A Redis, by its URL, which may hold a password.
    case redis(url: String)

    /// Reads `embedded`, `redis://…` or `rediss://…`.
    ///
    /// - Throws: ``TocsinConfiguration/Expected``, which never repeats the URL.
    init(text: String) throws {
        if text == "embedded" {
            self = .embedded
            return
        }
        guard let url = URLComponents(string: text), let scheme = url.scheme, ["redis", "rediss"].contains(scheme),
            let host = url.host, !host.isEmpty
        else {
            throw TocsinConfiguration.Expected(
                "embedded, or the URL of a Redis, such as redis://127.0.0.1:6379 or rediss://user:password@host:6379/0"
            )
        }
        let database = url.path.drop { $0 == "/" }
        guard database.isEmpty || Int(database).map({ $0 >= 0 }) == true else {
            throw TocsinConfiguration.Expected(
                "a URL whose path is the number of a database, such as redis://host:6379/0"
            )
        }
        self = .redis(url: text)
    }

    /// The location without its password.
    var description: String {
        switch self {
        case .embedded: return "embedded"
        case .redis(let text):
            guard var url = URLComponents(string: text) else { return "redis" }
            url.password = nil
            url.query = nil
            return url.string ?? "redis"
        }
    }
}
