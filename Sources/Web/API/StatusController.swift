internal import Hummingbird
internal import Monitoring
internal import Notifications

/// What programs that watch Tocsin itself ask for.
struct StatusController: Sendable {
    let reader: StatusReader
    let readiness: [(name: String, role: any ReadinessReporting)]
    let version: String
    let region: String
    /// Of sites that set none.
    let interval: Duration

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/status", .token(.read), status),
            Endpoint(.get, "/healthz", .open) { _, _ in .text("ok\n") },
            Endpoint(.get, "/readyz", .open, ready),
            Endpoint(.get, "/metrics", .open, metrics),
            Endpoint(.get, "/openapi.yaml", .open) { _, _ in
                .text(Asset.openAPI.text, type: "application/yaml; charset=utf-8", headers: [.cacheControl: "no-cache"])
            },
        ]
    }

    private func status(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        let status = try await reader.status()
        return .json(StatusDocument.json(status, version: version, region: region, interval: interval))
    }

    /// 200 where every role of this process does its work, 503 with the reasons where one does not.
    private func ready(_ request: Request, _ context: WebContext) async throws -> Response {
        var isReady = true
        let roles = readiness.map { name, role -> JSON.Member in
            switch role.readiness {
            case .ready: return .init(name, .object([.init("ready", true)]))
            case .notReady(let reason):
                isReady = false
                return .init(name, .object([.init("ready", false), .init("reason", .string(reason))]))
            }
        }
        let body = JSON.object([.init("ready", .bool(isReady)), .init("roles", .object(roles))])
        return isReady ? .json(body) : .json(body, status: .serviceUnavailable, headers: [.retryAfter: "2"])
    }

    private func metrics(_ request: Request, _ context: WebContext) async throws -> Response {
        let text = Exposition.text(try await reader.status(), version: version)
        return .text(text, type: "text/plain; version=0.0.4; charset=utf-8")
    }
}
