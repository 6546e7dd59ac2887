import HTTPTypes
import Monitoring
import Notifications
import Testing

@testable import Web

/// What a scanner of security headers looks for, and how the API uses HTTP.
@Suite struct HeaderTests {
    /// One route of each kind: pages, forms, the API, files, public doors, and what is not there.
    private static let routes: [(HTTPRequest.Method, String)] = [
        (.get, "/"), (.get, "/sign-in"), (.post, "/sign-out"), (.post, "/sites"), (.get, "/v1/sites"),
        (.get, "/v1/sites/999"), (.post, "/v1/events"), (.get, "/healthz"), (.get, "/readyz"), (.get, "/metrics"),
        (.get, "/openapi.yaml"), (.get, "/assets/styles/tocsin.css"), (.get, "/nothing"),
        (.put, "/healthz"), (.options, "/v1/sites"),
    ]

    @Test("Every answer has the headers that scanners ask for, and no banner", arguments: [true, false])
    func scanner(isLoopback: Bool) async throws {
        try await TestSite.with { site in
            for (method, path) in Self.routes {
                let answer = try await site.api(
                    method,
                    path,
                    token: .some(nil),
                    headers: [.accept: "text/html,*/*"],
                    door: .network(isLoopback: isLoopback)
                )
                let what = Comment(rawValue: "\(method) \(path): \(answer.headers)")
                let policy = try #require(answer.headers[.contentSecurityPolicy] as String?, what)
                for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
                    #expect(policy.contains(part), what)
                }
                #expect(!policy.contains("unsafe"), what)
                #expect(answer.headers[.xContentTypeOptions] == "nosniff", what)
                for name in ["Referrer-Policy", "Permissions-Policy", "X-Frame-Options"] {
                    #expect(answer.headers[named: name] != nil, what)
                }
                #expect(answer.headers[named: "Cross-Origin-Opener-Policy"] == "same-origin", what)
                #expect(answer.headers[.crossOriginResourcePolicy] == "same-origin", what)
                #expect(answer.headers[.server] == nil && answer.headers[named: "X-Powered-By"] == nil, what)
                #expect(answer.headers[.strictTransportSecurity] == nil, what)
                let isPublic = ["/assets/styles/tocsin.css", "/openapi.yaml"].contains(path)
                #expect(answer.headers[.cacheControl]?.contains("no-store") == !isPublic, what)
            }
        }
    }

    @Test("Behind a proxy that ends TLS, browsers are told to stay with it, and so is the session")
    func https() async throws {
        try await TestSite.with { site in
            let forwarded = try #require(HTTPField.Name("X-Forwarded-Proto"))
            let answer = try await site.api(.get, "/healthz", token: .some(nil), headers: [forwarded: "https"])
            #expect(answer.headers[.strictTransportSecurity] == "max-age=31536000")
            let signedIn = try await site.browser(
                .post,
                "/sign-in",
                form: "token=manager-secret",
                headers: [.origin: "https://localhost"],
                door: .network(isLoopback: false)
            )
            #expect(signedIn.headers[.setCookie]?.contains("; Secure") == true)
        }
    }

    @Test("A wrong method is answered with the ones that there are, and OPTIONS with them alone")
    func methods() async throws {
        try await TestSite.with { site in
            let cases: [(String, String)] = [
                ("/v1/sites", "GET, HEAD, OPTIONS, POST, PUT"), ("/v1/dead-letters/replay", "OPTIONS, POST"),
                ("/v1/dead-letters/7", "DELETE, GET, HEAD, OPTIONS"), ("/healthz", "GET, HEAD, OPTIONS"),
            ]
            for (path, methods) in cases {
                let wrong = try await site.api(.trace, path)
                #expect(wrong.status == 405 && wrong.headers[.allow] == methods, Comment(rawValue: path))
                let options = try await site.api(.options, path, token: .some(nil))
                #expect(options.status == 204 && options.headers[.allow] == methods, Comment(rawValue: path))
            }
            let head = try await site.api(.head, "/v1/sites")
            #expect(head.status == 200 && head.body.isEmpty && head.headers[.contentType] == "application/json")
        }
    }

    @Test(
        "Who takes no JSON is told so",
        arguments: [
            ("application/json", 200), ("text/html, */*;q=0.1", 200), ("application/*", 200), ("text/html", 406),
            ("application/json;q=0", 406), ("*/*, application/json;q=0", 406), ("", 200),
        ]
    )
    func negotiation(accept: String, status: Int) async throws {
        try await TestSite.with { site in
            let answer = try await site.api(.get, "/v1/sites", headers: [.accept: accept])
            #expect(answer.status == status)
        }
    }

    @Test("An answer that would be the same is not sent again, and a check is no reason to refuse an edit")
    func conditional() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            for path in ["/v1/sites", "/v1/sites/\(id)", "/v1/channels", "/v1/incidents", "/v1/tokens"] {
                let first = try await site.api(.get, path)
                let tag = try #require(first.headers[.eTag], Comment(rawValue: path))
                let again = try await site.api(.get, path, headers: [.ifNoneMatch: "\"other\", \(tag)"])
                #expect(again.status == 304 && again.body.isEmpty && again.headers[.eTag] == tag)
            }
            let before = try #require(try await site.api(.get, "/v1/sites/\(id)").headers[.eTag])
            try await site.record(id, .down, after: 1)
            let after = try await site.api(.get, "/v1/sites/\(id)", headers: [.ifNoneMatch: before])
            #expect(after.status == 200 && after.headers[.eTag] != before)
            let edit = try await site.api(.patch, "/v1/sites/\(id)", #"{"paused":true}"#, headers: [.ifMatch: before])
            #expect(edit.status == 200)
            let late = try await site.api(.patch, "/v1/sites/\(id)", #"{"paused":false}"#, headers: [.ifMatch: before])
            #expect(late.status == 412)
        }
    }

    @Test("A parameter that is there and empty is no value, and a change has no parameters")
    func parameters() async throws {
        try await TestSite.with { site in
            for path in ["/v1/sites?status=", "/v1/sites?limit=", "/v1/incidents?site=", "/v1/dead-letters?since="] {
                let answer = try await site.api(.get, path)
                #expect(answer.status == 400, Comment(rawValue: path))
            }
            let change = try await site.api(.post, "/v1/tokens?x=1", #"{"name":"a","scopes":["read"]}"#)
            #expect(change.status == 400)
        }
    }
}
