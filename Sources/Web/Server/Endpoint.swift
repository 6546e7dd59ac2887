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

    /// Whether a request's path is one of this route's.
    func matches(_ requestPath: some StringProtocol) -> Bool {
        let own = path.split(separator: "/")
        let other = requestPath.split(separator: "/")
        return own.count == other.count && zip(own, other).allSatisfy { $0.first == "{" || $0 == $1 }
    }
}
