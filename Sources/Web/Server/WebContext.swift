internal import Hummingbird
internal import Monitoring
internal import NIOCore
internal import Notifications

/// What goes with one request.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Who asks; set by the route's permission before its handler runs.
    var visitor = Visitor.nobody
    /// The peer's address, without its port; nil on the socket.
    let peer: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress?.ipAddress
    }
}

/// Who asks, and what they may do.
struct Visitor: Sendable, Equatable {
    let author: Author
    let scopes: Set<Scope>

    /// Someone at a route that asks for no permission.
    static let nobody = Visitor(author: Author(name: "nobody"), scopes: [])
    /// Someone on this machine, at the socket.
    static let local = Visitor(author: .local, scopes: Set(Scope.allCases))
    /// Someone on this machine, at the dashboard.
    static let dashboard = Visitor(author: Author(name: "dashboard"), scopes: Set(Scope.allCases))

    /// Managing includes reading; sending events is a permission of its own, which managing includes too.
    func may(_ scope: Scope) -> Bool {
        scopes.contains(scope) || (scopes.contains(.manage) && scope == .read)
    }
}
