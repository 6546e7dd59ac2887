internal import Hummingbird
internal import Notifications

/// `/v1/status` and `/openapi.yaml`: where everything is, and what there is to ask for.
struct StatusController: Sendable {
    let reader: StatusReader
    let version: String
    let region: String
    /// Of sites that set none.
    let interval: Duration

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/status", .token(.read), status),
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
}
