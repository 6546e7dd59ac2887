internal import HTTPTypes
internal import Hummingbird
internal import Notifications

/// `/v1/tokens`: who may use the API.
struct TokensController: Sendable {
    let tokens: any TokenStore
    let cache: TokenCache

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/tokens", .token(.manage), list),
            Endpoint(.post, "/v1/tokens", .token(.manage), create),
            Endpoint(.delete, "/v1/tokens/{id}", .token(.manage), revoke),
        ]
    }

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        return .page(try await tokens.tokens().map { TokenDocument.json($0) }, next: nil)
    }

    private func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let wish = try TokenDocument.request(from: try await RequestBodyReader.json(of: request)).orProblem()
        let secret = TokenSecret.make()
        let token = try await tokens.addToken(
            named: wish.name,
            scopes: wish.scopes,
            hash: TokenSecret.hash(of: secret),
            by: context.visitor.author
        )
        return .json(
            TokenDocument.json(token, secret: secret),
            status: .created,
            headers: [.location: "/v1/tokens/\(token.id)"]
        )
    }

    private func revoke(_ request: Request, _ context: WebContext) async throws -> Response {
        try await tokens.revokeToken(context.id("token"), by: context.visitor.author)
        cache.forgetAll()
        return .noContent
    }
}
