internal import HTTPTypes
internal import Hummingbird

/// Puts on every answer what keeps browsers from being turned against its reader.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = WebContext

    /// Everything from our own files; no inline script or style, no framing, no foreign form target.
    static let contentPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    /// None of the powers that a page could ask its browser for.
    static let permissions =
        ["camera", "display-capture", "geolocation", "microphone", "payment", "usb"].map { "\($0)=()" }
        .joined(separator: ", ")

    func handle(
        _ request: Request,
        context: WebContext,
        next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.contentSecurityPolicy] = Self.contentPolicy
        response.headers[.xContentTypeOptions] = "nosniff"
        // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
        response.headers[named: "Referrer-Policy"] = "same-origin"
        response.headers[named: "X-Frame-Options"] = "DENY"
        response.headers[named: "Cross-Origin-Opener-Policy"] = "same-origin"
        // Badges alone are for other sites' pages.
        if response.headers[.crossOriginResourcePolicy] == nil {
            response.headers[.crossOriginResourcePolicy] = "same-origin"
        }
        response.headers[named: "Permissions-Policy"] = Self.permissions
        // What a route says of caching stands; nothing else is kept, since it is of one moment and of one visitor.
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        // A proxy that has ended TLS says so. Over plain HTTP browsers pass the header over.
        if request.headers[named: "X-Forwarded-Proto"]?.lowercased() == "https" {
            response.headers[.strictTransportSecurity] = "max-age=31536000"
        }
        return response
    }
}
