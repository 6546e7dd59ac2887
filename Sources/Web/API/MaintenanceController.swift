internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/v1/maintenance`: the maintenance windows.
struct MaintenanceController: Sendable {
    let actions: MaintenanceActions

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/maintenance", .token(.read), list),
            Endpoint(.post, "/v1/maintenance", .token(.manage), create),
            Endpoint(.get, "/v1/maintenance/{id}", .token(.read), show),
            Endpoint(.patch, "/v1/maintenance/{id}", .token(.manage), change),
            Endpoint(.delete, "/v1/maintenance/{id}", .token(.manage), remove),
            Endpoint(.post, "/v1/maintenance/{id}/end", .token(.manage), end),
        ]
    }

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "before", "limit", "state")
        let phase = try query["state"].map { text in
            guard let phase = MaintenanceWindow.Phase(rawValue: text) else {
                let all = MaintenanceWindow.Phase.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.parameter("state", "should be one of \(all)")
            }
            return phase
        }
        let page = try await actions.store.windows(
            MaintenanceQuery(before: try query.identifier("before"), limit: try query.limit(), phase: phase)
        )
        let now = actions.time.now()
        return .page(page.items.map { MaintenanceDocument.json(of: $0, now: now) }, next: page.next?.description)
    }

    private func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await RequestBodyReader.json(of: request)
        let window = try await actions.add(json, by: context.visitor.author)
        return answer(window, status: .created, location: "/v1/maintenance/\(window.id)")
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        return answer(try await window(in: context))
    }

    private func change(_ request: Request, _ context: WebContext) async throws -> Response {
        let patch = try await RequestBodyReader.json(of: request, types: ["application/merge-patch+json"])
        let expected = try EntityTag.expected(by: request)
        let window = try await window(in: context)
        let changed = try await actions.change(
            window,
            by: patch,
            expected: expected,
            author: context.visitor.author
        )
        return answer(changed)
    }

    private func remove(_ request: Request, _ context: WebContext) async throws -> Response {
        let window = try await window(in: context)
        try EntityTag.require(try EntityTag.expected(by: request), of: "maintenance", now: window.revision)
        try await actions.store.remove(window.id, by: context.visitor.author)
        return .noContent
    }

    private func end(_ request: Request, _ context: WebContext) async throws -> Response {
        answer(try await actions.store.end(context.id("maintenance"), by: context.visitor.author))
    }

    private func window(in context: WebContext) async throws -> MaintenanceWindow {
        let id: MaintenanceID = try context.id("maintenance")
        guard let window = try await actions.store.window(id) else { throw Problem.notFound("maintenance \(id)") }
        return window
    }

    private func answer(
        _ window: MaintenanceWindow,
        status: HTTPResponse.Status = .ok,
        location: String? = nil
    ) -> Response {
        let document = MaintenanceDocument.json(of: window, now: actions.time.now())
        var headers = EntityTag.headers(revision: window.revision, of: document)
        headers[.location] = location
        return .json(document, status: status, headers: headers)
    }
}
