internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// Decides who a request comes from, and whether they may use the route.
struct Gatekeeper: Sendable {
    let door: Door
    let tokens: TokenCache
    let sessions: SessionKeeper

    /// Who asks, if they may use a route of this permission.
    ///
    /// - Throws: ``Problem`` 401 or 403; ``SignInNeeded`` where a person can sign in.
    func admit(_ request: Request, _ permission: Permission) async throws -> Visitor {
        switch permission {
        case .open: return .nobody
        case .token(let scope): return try await bearer(of: request, with: scope)
        case .page: return try await person(of: request, with: .read)
        case .action:
            if door != .socket { try OwnOrigin.require(of: request) }
            return try await person(of: request, with: .manage)
        }
    }

    // MARK: Programs

    private func bearer(of request: Request, with scope: Scope) async throws -> Visitor {
        if door == .socket { return .local }
        guard let header = request.headers[.authorization] else {
            throw unauthorized("Send a token: Authorization: Bearer <token>. `tocsin tokens create` makes one.")
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw unauthorized("The Authorization header should read: Bearer <token>.")
        }
        let secret = parts[1].trimmingSpaces
        guard let token = try await tokens.token(hash: TokenSecret.hash(of: secret)) else {
            throw unauthorized("The token is not known; it may have been revoked.", error: "invalid_token")
        }
        let visitor = Visitor(author: Author(name: token.name), scopes: token.scopes)
        guard visitor.may(scope) else {
            throw Problem(
                .forbidden,
                "The token \(token.name) lacks the scope \(scope.rawValue).",
                headers: [.wwwAuthenticate: "Bearer error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""]
            )
        }
        return visitor
    }

    private func unauthorized(_ detail: String, error: String? = nil) -> Problem {
        let challenge = error.map { "Bearer realm=\"tocsin\", error=\"\($0)\"" } ?? "Bearer realm=\"tocsin\""
        return Problem(.unauthorized, detail, headers: [.wwwAuthenticate: challenge])
    }

    // MARK: People

    private func person(of request: Request, with scope: Scope) async throws -> Visitor {
        switch door {
        case .socket: return .local
        case .network(isLoopback: true) where Self.isFromThisMachine(request): return .dashboard
        case .network:
            guard let hash = try await sessions.tokenHash(in: request), let token = try await tokens.token(hash: hash)
            else { throw SignInNeeded() }
            let visitor = Visitor(author: Author(name: token.name), scopes: token.scopes)
            guard visitor.may(scope) else {
                throw Problem(
                    .forbidden,
                    "You are signed in with the token \(token.name), which lacks the scope \(scope.rawValue)."
                )
            }
            return visitor
        }
    }

    /// Whether a request on loopback is of somebody at this machine, who needs no token.
    ///
    /// Not under other names than this machine's own: a foreign page whose name was made to lead here (DNS rebinding) would
    /// otherwise read the dashboard with the visitor's own browser. And not through a proxy, whose visitors may be anybody.
    static func isFromThisMachine(_ request: Request) -> Bool {
        let proxied = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via"]
        guard proxied.allSatisfy({ request.headers[named: $0] == nil }) else { return false }
        return request.head.authority.map { loopbackNames.contains(hostName($0)) } ?? false
    }

    static let loopbackNames: Set<String> = ["localhost", "127.0.0.1", "[::1]"]

    /// The host of an authority, without its port.
    static func hostName(_ authority: String) -> String {
        let name: Substring
        if authority.first == "[", let end = authority.firstIndex(of: "]") {
            name = authority[...end]
        } else {
            name = authority.prefix { $0 != ":" }
        }
        return name.lowercased()
    }
}

/// A person has to sign in first.
struct SignInNeeded: Error {}
