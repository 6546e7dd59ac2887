internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/sign-in` and `/sign-out`: a token for a session of the browser.
struct SignInController: Sendable {
    let pages: PageRenderer
    let tokens: TokenCache
    let sessions: SessionKeeper
    let throttle: SignInThrottle

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/sign-in", .open, show),
            Endpoint(.post, "/sign-in", .open, signIn),
            Endpoint(.post, "/sign-out", .open, signOut),
        ]
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        page(to: try Query(request, "to")["to"], context)
    }

    private func signIn(_ request: Request, _ context: WebContext) async throws -> Response {
        try OwnOrigin.require(of: request)
        let form = try await Form(request)
        let address = context.peer ?? "local"
        if let wait = throttle.wait(for: address) {
            let seconds = max(1, wait.components.seconds)
            return page(
                to: form["to"],
                context,
                error: "Too many attempts; try again in \(seconds / 60 + 1) min.",
                status: .tooManyRequests,
                retryAfter: seconds
            )
        }
        let hash = form["token"].map { TokenSecret.hash(of: $0) }
        guard let hash, let token = try await tokens.token(hash: hash),
            token.scopes.contains(where: { $0 != .eventsWrite })
        else {
            throttle.recordFailure(of: address)
            return page(
                to: form["to"],
                context,
                error: "This is no token that may read. `tocsin tokens create` makes one.",
                status: .forbidden
            )
        }
        throttle.recordSuccess(of: address)
        var response = Response.redirect(to: Self.local(form["to"]), type: .normal)
        response.headers[.setCookie] = sessions.cookie(
            forTokenHash: hash,
            isSecure: request.headers[.origin]?.lowercased().hasPrefix("https://") ?? false
        )
        return response
    }

    private func signOut(_ request: Request, _ context: WebContext) async throws -> Response {
        try OwnOrigin.require(of: request)
        var response = Response.redirect(to: "/sign-in", type: .normal)
        response.headers[.setCookie] = sessions.endingCookie()
        return response
    }

    private func page(
        to target: String?,
        _ context: WebContext,
        error: String? = nil,
        status: HTTPResponse.Status = .ok,
        retryAfter: Int64? = nil
    ) -> Response {
        let view: View = ["to": Self.local(target), "error": error]
        var response = pages.page("sign-in", title: "Sign in", for: context, view, status: status)
        response.headers[.retryAfter] = retryAfter.map(String.init)
        return response
    }

    /// A path of ours: never another site's address, whatever the link said.
    static func local(_ target: String?) -> String {
        guard let target, target.hasPrefix("/"), !target.hasPrefix("//"), !target.contains("\\"),
            target.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else { return "/" }
        return target
    }

    /// The text as the value of a query's parameter.
    static func encoded(_ text: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~/")
        return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }
}
