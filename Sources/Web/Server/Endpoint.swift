internal import HTTPTypes
internal import Hummingbird
internal import Notifications

/// What a route asks of whoever calls it.
enum Permission: Sendable, Hashable {
    /// Nothing.
    case open
    /// A token with the scope, or the socket.
    case token(Scope)
    /// To see a page of the dashboard: this machine, or a session.
    case page
    /// To do something in the dashboard: as ``page``, from the dashboard's own origin, and with the scope `manage`.
    case action
}

/// One row of the table of routes.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (Request, WebContext) async throws -> Response

    let method: HTTPRequest.Method
    /// In the router's notation, such as `/v1/sites/{id}`.
    let path: String
    let permission: Permission
    let handler: Handler

    init(_ method: HTTPRequest.Method, _ path: String, _ permission: Permission, _ handler: @escaping Handler) {
        self.method = method
        self.path = path
        self.permission = permission
        self.handler = handler
    }

    /// The methods that a path answers, as text; none where there is no such path.
    ///
    /// As in the router, a name goes before a parameter: `/v1/dead-letters/replay` is not the dead letter `replay`.
    static func methods(at path: String, of endpoints: [Endpoint]) -> Set<String> {
        let parts = path.split(separator: "/")
        let matching = endpoints.compactMap { endpoint in
            endpoint.parameters(at: parts).map { (method: endpoint.method.rawValue, parameters: $0) }
        }
        guard let fewest = matching.map(\.parameters).min() else { return [] }
        let methods = Set(matching.filter { $0.parameters == fewest }.map(\.method))
        return methods.union(methods.contains("GET") ? ["HEAD", "OPTIONS"] : ["OPTIONS"])
    }

    /// How many of the path's parts stand at parameters of this route; nil where it is another path.
    private func parameters(at parts: [Substring]) -> Int? {
        let own = path.split(separator: "/")
        guard own.count == parts.count, zip(own, parts).allSatisfy({ Self.matches($0, $1) }) else { return nil }
        return own.count { $0.first == "{" }
    }

    /// Whether a part of a path stands at a part of a route: a name, a parameter, or one with an end such as `{site}.svg`.
    private static func matches(_ own: Substring, _ part: Substring) -> Bool {
        guard own.first == "{", let end = own.lastIndex(of: "}") else { return own == part }
        return part.hasSuffix(own[own.index(after: end)...])
    }
}
