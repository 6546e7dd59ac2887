internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/v1/status-page`: the choice of what the public status page shows.
struct StatusPageSettingsController: Sendable {
    let actions: StatusPageActions

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/status-page", .token(.read), show),
            Endpoint(.put, "/v1/status-page", .token(.manage), replace),
        ]
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        return answer(try await actions.store.choice())
    }

    private func replace(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await RequestBodyReader.json(of: request)
        let expected = try EntityTag.expected(by: request)
        return answer(try await actions.choose(json, expected: expected, by: context.visitor.author))
    }

    private func answer(_ choice: StatusPageChoice) -> Response {
        .json(StatusPageDocument.json(choice), headers: EntityTag.headers(revision: choice.revision))
    }
}
