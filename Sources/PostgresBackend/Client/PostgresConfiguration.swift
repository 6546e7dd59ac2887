internal import CLibpq
internal import Foundation
package import Monitoring

/// Which database to use, and how.
package struct PostgresConfiguration: Sendable {
    /// The servers to try, in the order of the URL; one of them at least.
    let servers: [PostgresServerAddress]
    /// Whether each connection tries them in an order of its own (`load_balance_hosts=random`).
    let balancesLoad: Bool
    /// Where the database is, without user and password: fit for messages and logs.
    package let place: String
    /// How many connections there may be at once.
    package var connections: Int
    /// How long opening a connection to one server may take.
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
        guard let addresses = PostgresServerAddress.all(in: given) else {
            throw StoreError(
                .unusable,
                "The URL of the database names several servers and not as many ports (or addresses): give one "
                    + "port for all, or each its own."
            )
        }
        if let kind = given["target_session_attrs"], Self.readers.contains(kind) {
            throw StoreError(
                .unusable,
                "The URL of the database asks for target_session_attrs=\(kind), and Tocsin has to write; leave that out, or "
                    + "set it to read-write."
            )
        }
        // Ours come first: libpq takes the last of a keyword.
        let common =
            [
                ("application_name", "tocsin"), ("client_encoding", "UTF8"),
                ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ] + (addresses.count > 1 ? [("target_session_attrs", "read-write")] : [])
            + parsed.map { (keyword: $0.0, value: $0.1) }
        servers = addresses.map { PostgresServerAddress(place: $0.place, parameters: common + $0.parameters) }
        balancesLoad = given["load_balance_hosts"] == "random"
        place = "postgres://\(addresses.map(\.place).joined(separator: ","))/\(given["dbname"] ?? "")"
        self.connections = max(connections, 1)
        connectLimit =
            given["connect_timeout"].flatMap(Int64.init).flatMap { $0 > 0 ? .seconds($0) : nil } ?? .seconds(5)
    }

    /// What a server can be asked to be that has nothing to do with us.
    private static let readers: Set<String> = ["read-only", "standby", "prefer-standby"]

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
