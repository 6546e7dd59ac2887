internal import CLibpq
internal import Foundation
package import Monitoring

/// Which database to use, and how.
package struct PostgresConfiguration: Sendable {
    /// What libpq is told, keyword by keyword.
    let parameters: [(keyword: String, value: String)]
    /// Where the database is, without user and password: fit for messages and logs.
    package let place: String
    /// How many connections there may be at once.
    package var connections: Int
    /// How long opening a connection may take.
    package var connectLimit: Duration
    /// How long to wait for one of the connections to be free.
    package var waitLimit: Duration = .seconds(10)
    /// How long a statement may take.
    package var statementLimit: Duration = .seconds(30)
    /// How much longer to wait for the server to say that it gave a statement up, before it counts as silent.
    var silenceLimit: Duration = .seconds(5)

    /// Reads a URL such as `postgres://user:password@host:5432/name?sslmode=verify-full`.
    ///
    /// - Throws: ``StoreError`` `unusable`, without the URL, which may hold a password.
    package init(url: String, connections: Int = 8) throws(StoreError) {
        guard let parsed = Self.parse(url) else {
            throw StoreError(
                .unusable,
                "The URL of the database is not valid; it looks like postgres://user:password@host:5432/name, with what "
                    + "is special in a password percent-encoded."
            )
        }
        let given = Dictionary(parsed) { _, last in last }
        // Ours come first: libpq takes the last of a keyword.
        parameters =
            [
                ("application_name", "tocsin"), ("client_encoding", "UTF8"),
                ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ] + parsed.map { (keyword: $0.0, value: $0.1) }
        place = Self.place(given)
        self.connections = max(connections, 1)
        connectLimit =
            given["connect_timeout"].flatMap(Int64.init).flatMap { $0 > 0 ? .seconds($0) : nil } ?? .seconds(5)
    }

    private static func place(_ given: [String: String]) -> String {
        // Several servers are written `a,b`, and so are their ports.
        let hosts = (given["host"] ?? given["hostaddr"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let ports = (given["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let servers = hosts.enumerated().map { place, host in
            let port = ports.count == 1 ? ports[0] : place < ports.count ? ports[place] : ""
            return (host.contains(":") ? "[\(host)]" : "\(host)") + (port.isEmpty ? "" : ":\(port)")
        }
        return "postgres://\(servers.joined(separator: ","))/\(given["dbname"] ?? "")"
    }

    /// Nil where libpq does not understand it; its own message would repeat the URL.
    private static func parse(_ url: String) -> [(String, String)]? {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://"), !url.utf8.contains(0) else { return nil }
        guard let options = PQconninfoParse(url, nil) else { return nil }
        defer { PQconninfoFree(options) }
        var parameters: [(String, String)] = []
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters.append((String(cString: keyword), String(cString: value))) }
            option += 1
        }
        // libpq looks at the port only when it connects.
        let ports = parameters.filter { $0.0 == "port" }.flatMap { $0.1.split(separator: ",") }
        guard ports.allSatisfy({ UInt16($0) ?? 0 > 0 }) else { return nil }
        return parameters
    }
}
