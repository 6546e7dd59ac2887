/// One of the servers that the URL of a database names.
struct PostgresServerAddress: Sendable {
    /// Where it is, for messages.
    let place: String
    /// What libpq is told, keyword by keyword; the last of a keyword counts.
    let parameters: [(keyword: String, value: String)]

    /// The servers in libpq's lists, which are written `a,b`; nil where the lists don't fit one another.
    static func all(in given: [String: String]) -> [Self]? {
        func list(_ keyword: String) -> [String]? {
            given[keyword].flatMap { text in
                text.isEmpty ? nil : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
        }
        let names = [("host", list("host")), ("hostaddr", list("hostaddr"))].compactMap { keyword, values in
            values.map { (keyword: keyword, values: $0) }
        }
        let ports = list("port") ?? []
        let count = names.first?.values.count ?? 1
        guard names.allSatisfy({ $0.values.count == count }), ports.count <= 1 || ports.count == count else {
            return nil
        }
        return (0..<count).map { number in
            let host = names.first?.values[number] ?? ""
            let port = ports.isEmpty ? nil : ports.count == 1 ? ports[0] : ports[number]
            return Self(
                place: (host.contains(":") ? "[\(host)]" : host) + (port.flatMap { $0.isEmpty ? nil : ":\($0)" } ?? ""),
                parameters: names.map { (keyword: $0.keyword, value: $0.values[number]) }
                    + (port.map { [(keyword: "port", value: $0)] } ?? [])
            )
        }
    }
}
