internal import Hummingbird
internal import Monitoring
internal import Notifications
internal import Telemetry

/// What programs ask for that watch one process, whatever its roles: `/healthz`, `/readyz` and `/metrics`.
struct OperationController: Sendable {
    let readiness: [(name: String, role: any ReadinessReporting)]
    let metrics: MetricsRegistry
    /// Tells of the whole installation as well; nil where this process has no API.
    let status: StatusReader?
    let version: String

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/healthz", .open) { _, _ in .text("ok\n") },
            Endpoint(.get, "/readyz", .open, ready),
            Endpoint(.get, "/metrics", .open, showMetrics),
        ]
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

    private func showMetrics(_ request: Request, _ context: WebContext) async throws -> Response {
        var page = ExpositionText()
        page.add(.buildInfo, [MetricSample([version], 1)])
        page.add(.roleReady, readiness.map { MetricSample([$0.name], $0.role.readiness == .ready ? 1 : 0) })
        if let status { page.add(Exposition(try await status.status()).page) }
        page.add(metrics.exposition())
        return .text(page.text, type: ExpositionText.mediaType)
    }
}
