internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/v1/incidents`: the spans in which sites were down, and what people say of these and of their own.
struct IncidentsController: Sendable {
    let actions: IncidentActions

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/incidents", .token(.read), list),
            Endpoint(.post, "/v1/incidents", .token(.manage), open),
            Endpoint(.get, "/v1/incidents/{id}", .token(.read), show),
            Endpoint(.post, "/v1/incidents/{id}/updates", .token(.manage), update),
            Endpoint(.post, "/v1/incidents/{id}/acknowledge", .token(.manage), acknowledge),
        ]
    }

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "before", "limit", "site", "open")
        let limit = try query.limit()
        let page = try await actions.store.reports(
            IncidentQuery(
                before: try query.identifier("before"),
                limit: limit,
                site: try query.identifier("site"),
                isOpen: try query.bool("open")
            )
        )
        return .page(
            page.map { IncidentDocument.json($0, showsUpdates: false) },
            next: page.count < limit ? nil : page.last?.id.description
        )
    }

    private func open(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await RequestBodyReader.json(of: request)
        let report = try await actions.open(json, by: context.visitor.author)
        return .json(
            IncidentDocument.json(report),
            status: .created,
            headers: [.location: "/v1/incidents/\(report.id)"]
        )
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        return .json(IncidentDocument.json(try await actions.found(context.id("incident"))))
    }

    private func update(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await RequestBodyReader.json(of: request)
        let report = try await actions.update(context.id("incident"), json, by: context.visitor.author)
        return .json(IncidentDocument.json(report), status: .created)
    }

    private func acknowledge(_ request: Request, _ context: WebContext) async throws -> Response {
        let report = try await actions.acknowledge(context.id("incident"), by: context.visitor.author)
        return .json(IncidentDocument.json(report))
    }
}
