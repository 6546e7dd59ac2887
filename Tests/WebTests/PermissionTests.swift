import Monitoring
import TestSupport
import HTTPTypes
import Notifications
import Testing

@testable import Web

@Suite struct PermissionTests {
    private static let secrets: [(secret: String, scopes: Set<Scope>)] = [
        ("manager-secret", [.manage, .read]), ("reader-secret", [.read]), ("sender-secret", [.eventsWrite]),
    ]

    @Test("Every route of the table lets in whom its permission names, and nobody else")
    func table() async throws {
        try await TestSite.with { site in
            #expect(site.site.endpoints.count > 50)
            for endpoint in site.site.endpoints {
                let path = endpoint.path.replacing("{id}", with: "999").replacing("{folder}", with: "x")
                    .replacing("{file}", with: "y")
                let what = Comment(rawValue: "\(endpoint.method) \(endpoint.path)")
                switch endpoint.permission {
                case .open:
                    let answer = try await site.api(endpoint.method, path, token: .some(nil))
                    #expect(![401, 403].contains(answer.status) || path.hasPrefix("/sign-"), what)
                case .token(let scope):
                    let nobody = try await site.api(endpoint.method, path, token: .some(nil))
                    #expect(nobody.status == 401 && nobody.headers[.wwwAuthenticate] != nil, what)
                    #expect(try await site.api(endpoint.method, path, token: "wrong").status == 401, what)
                    for (secret, scopes) in Self.secrets {
                        let answer = try await site.api(endpoint.method, path, token: secret)
                        if scopes.contains(scope) {
                            #expect(![401, 403].contains(answer.status), what)
                        } else {
                            #expect(answer.status == 403, what)
                            #expect(try answer.json["detail"]?.string?.contains(scope.rawValue) == true, what)
                        }
                    }
                    let local = try await site.api(endpoint.method, path, token: .some(nil), door: .socket)
                    #expect(![401, 403].contains(local.status), what)
                case .page, .action:
                    let form = endpoint.permission == .action ? "" : nil
                    let outside = try await site.browser(
                        endpoint.method,
                        path,
                        form: form,
                        door: .network(isLoopback: false)
                    )
                    #expect(outside.status == 303 && outside.location?.hasPrefix("/sign-in") == true, what)
                }
            }
        }
    }

    @Test("Each route's permission follows from what it is, and is the one that the description names")
    func rules() async throws {
        try await TestSite.with { site in
            let scopes = try Self.describedScopes(try await site.api(.get, "/openapi.yaml", token: .some(nil)).body)
            for endpoint in site.site.endpoints {
                let route = "\(endpoint.method.rawValue) \(endpoint.path)"
                let what = Comment(rawValue: route)
                if endpoint.path.hasPrefix("/v1/") {
                    let isReading = endpoint.method == .get && !endpoint.path.hasPrefix("/v1/tokens")
                    let scope: Scope = route == "POST /v1/events" ? .eventsWrite : isReading ? .read : .manage
                    #expect(endpoint.permission == .token(scope), what)
                    #expect(scopes[route] == scope.rawValue, what)
                } else if Self.publicRoutes.contains(route) {
                    #expect(endpoint.permission == .open, what)
                } else {
                    #expect(endpoint.permission == (endpoint.method == .get ? .page : .action), what)
                }
            }
        }
    }

    @Test("A token that may only send events can do nothing else, at no route and by no door of the network")
    func senderAlone() async throws {
        try await TestSite.with { site in
            for endpoint in site.site.endpoints where endpoint.permission != .open {
                let route = "\(endpoint.method.rawValue) \(endpoint.path)"
                if route == "POST /v1/events" { continue }
                let path = endpoint.path.replacing("{id}", with: "1")
                let answer = try await site.api(
                    endpoint.method,
                    path,
                    token: site.sender,
                    door: .network(isLoopback: false)
                )
                #expect([303, 401, 403].contains(answer.status), Comment(rawValue: "\(route): \(answer.status)"))
            }
            #expect(try await site.api(.post, "/v1/events", #"{"type":"a"}"#, token: site.sender).status == 202)
        }
    }

    /// What anybody may ask for; every other route is of the API or the dashboard.
    private static let publicRoutes: Set<String> = [
        "GET /healthz", "GET /readyz", "GET /metrics", "GET /openapi.yaml", "GET /docs", "GET /assets/{folder}/{file}",
        "GET /sign-in", "POST /sign-in", "POST /sign-out", "GET /status", "GET /status.json", "GET /status/history",
        "GET /status/feed.rss", "GET /status/feed.atom", "GET /badge/{site}.svg",
    ]

    /// The `x-scope` of each operation of the description.
    private static func describedScopes(_ text: String) throws -> [String: String] {
        var scopes: [String: String] = [:]
        var path = ""
        var method = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("  /") { path = String(line.dropFirst(2).dropLast()) }
            if line.hasPrefix("    "), !line.hasPrefix("     "), line.hasSuffix(":") {
                method = line.dropFirst(4).dropLast().uppercased()
            }
            if line.hasPrefix("      x-scope: ") {
                scopes["\(method) \(path)"] = String(line.dropFirst("      x-scope: ".count)).replacing("\"", with: "")
            }
        }
        return scopes
    }

    @Test("A form that another site's page sends is refused")
    func foreignForm() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            let foreign: HTTPFields = [.origin: "https://evil.example"]
            let answer = try await site.browser(.post, "/sites/\(id)/delete", form: "", headers: foreign)
            #expect(answer.status == 403)
            let missing = try await site.api(
                .post,
                "/sites/\(id)/delete",
                token: .some(nil),
                headers: [.contentType: "application/x-www-form-urlencoded"]
            )
            #expect(missing.status == 403)
            #expect(try await site.dependencies.sites.site(id) != nil)
        }
    }

    @Test("A token signs in, its session shows pages, and revoking the token ends the session")
    func session() async throws {
        try await TestSite.with { site in
            let outside = Door.network(isLoopback: false)
            let form = "token=reader-secret&to=%2Fincidents"
            let signedIn = try await site.browser(.post, "/sign-in", form: form, door: outside)
            #expect(signedIn.status == 303 && signedIn.location == "/incidents")
            let cookie = try #require(signedIn.headers[.setCookie])
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
            #expect(!cookie.contains("reader-secret"))
            let pair = String(cookie.prefix { $0 != ";" })

            #expect(try await site.browser(.get, "/", cookie: pair, door: outside).status == 200)
            // It may read, but not change.
            let id = try await site.addSite()
            let change = try await site.browser(.post, "/sites/\(id)/delete", form: "", cookie: pair, door: outside)
            #expect(change.status == 403)
            let forged = pair.dropLast() + (pair.hasSuffix("0") ? "1" : "0")
            #expect(try await site.browser(.get, "/", cookie: String(forged), door: outside).status == 303)

            let tokens = try await site.dependencies.tokens.tokens()
            let token = try #require(tokens.first { $0.name == "reader-secret" })
            #expect(try await site.api(.delete, "/v1/tokens/\(token.id)").status == 204)
            #expect(try await site.browser(.get, "/", cookie: pair, door: outside).status == 303)
        }
    }

    @Test("A session ends by itself")
    func sessionEnd() async throws {
        try await TestSite.with { site in
            let outside = Door.network(isLoopback: false)
            let signedIn = try await site.browser(.post, "/sign-in", form: "token=manager-secret", door: outside)
            let pair = String(try #require(signedIn.headers[.setCookie]).prefix { $0 != ";" })
            site.time.advance(by: .seconds(13 * 3_600))
            #expect(try await site.browser(.get, "/", cookie: pair, door: outside).status == 303)
        }
    }

    @Test("Another site's page can't sign its visitor in or out")
    func foreignSignIn() async throws {
        try await TestSite.with { site in
            for path in ["/sign-in", "/sign-out"] {
                let answer = try await site.browser(
                    .post,
                    path,
                    form: "token=manager-secret",
                    headers: [.origin: "https://evil.example"],
                    door: .network(isLoopback: false)
                )
                #expect(answer.status == 403 && answer.headers[.setCookie] == nil)
            }
        }
    }

    @Test("Sign-in attempts are limited, and the limit passes")
    func throttle() async throws {
        try await TestSite.with { site in
            let outside = Door.network(isLoopback: false)
            for _ in 0..<SignInThrottle.attempts {
                #expect(try await site.browser(.post, "/sign-in", form: "token=guess", door: outside).status == 403)
            }
            let right = try await site.browser(.post, "/sign-in", form: "token=manager-secret", door: outside)
            #expect(right.status == 429 && right.headers[.retryAfter] != nil)
            site.time.advance(by: SignInThrottle.window)
            #expect(
                try await site.browser(.post, "/sign-in", form: "token=manager-secret", door: outside).status == 303
            )
        }
    }

    @Test("A token that may only send events can't sign in, and a sign-in leads to no other site")
    func signInBounds() async throws {
        try await TestSite.with { site in
            let outside = Door.network(isLoopback: false)
            let answer = try await site.browser(.post, "/sign-in", form: "token=sender-secret", door: outside)
            #expect(answer.status == 403)
            for target in ["https://evil.example", "//evil.example", "/%5Cevil.example"] {
                let form = "token=manager-secret&to=\(target)"
                #expect(try await site.browser(.post, "/sign-in", form: form, door: outside).location == "/")
            }
        }
    }

    @Test("A revoked token is refused at once here, and within seconds where it was revoked elsewhere")
    func revocation() async throws {
        try await TestSite.with { site in
            #expect(try await site.api(.get, "/v1/status", token: site.reader).status == 200)
            let tokens = try await site.dependencies.tokens.tokens()
            let token = try #require(tokens.first { $0.name == site.reader })
            // Behind the server's back, as another process does it.
            try await site.dependencies.tokens.revokeToken(token.id, by: .local)
            site.time.advance(by: TokenCache.lifetime)
            #expect(try await site.api(.get, "/v1/status", token: site.reader).status == 401)
        }
    }

    @Test(
        "Without a token the dashboard answers only under this machine's own names",
        arguments: [
            ("localhost:8080", true), ("127.0.0.1:8080", true), ("[::1]:8080", true), ("LOCALHOST", true),
            ("evil.example:8080", false), ("localhost.evil.example", false), ("127.0.0.1.nip.io", false),
        ]
    )
    func hostNames(authority: String, isOurs: Bool) {
        #expect(Gatekeeper.loopbackNames.contains(Gatekeeper.hostName(authority)) == isOurs)
    }
}
