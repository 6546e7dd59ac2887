internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/v1/incidents`: the spans in which sites were down.
struct IncidentsController: Sendable {
    let monitoring: any MonitoringStore

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/incidents", .token(.read), list),
            Endpoint(.get, "/v1/incidents/{id}", .token(.read), show),
            Endpoint(.post, "/v1/incidents/{id}/acknowledge", .token(.manage), acknowledge),
        ]
    }

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "before", "limit", "site", "open")
        let limit = try query.limit()
        let page = try await monitoring.incidents(
            IncidentQuery(
                before: try query.identifier("before"),
                limit: limit,
                site: try query.identifier("site"),
                isOpen: try query.bool("open")
            )
        )
        return .page(page.map(IncidentDocument.json), next: page.count < limit ? nil : page.last?.id.description)
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        let id: IncidentID = try context.id("incident")
        guard let incident = try await monitoring.incident(id) else { throw Problem.notFound("incident \(id)") }
        return .json(IncidentDocument.json(incident))
    }

    private func acknowledge(_ request: Request, _ context: WebContext) async throws -> Response {
        let incident = try await monitoring.acknowledge(context.id("incident"), by: context.visitor.author)
        return .json(IncidentDocument.json(incident))
    }
}
