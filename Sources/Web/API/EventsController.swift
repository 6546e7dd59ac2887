internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/v1/events`: events in, and where they stand.
struct EventsController: Sendable {
    let intake: EventIntake
    let queue: any EventQueue
    let channels: any ChannelStore
    let deliveries: any DeliveryLog

    var endpoints: [Endpoint] {
        [
            Endpoint(.post, "/v1/events", .token(.eventsWrite), accept),
            Endpoint(.get, "/v1/events/{id}", .token(.read), show),
        ]
    }

    /// Answers 202 once the broker has the events, and 503 where it does not say so in time.
    private func accept(_ request: Request, _ context: WebContext) async throws -> Response {
        try RequestBodyReader.requireJSON(
            request,
            types: ["application/cloudevents+json", "application/cloudevents-batch+json"]
        )
        let intakeRequest = IntakeRequest(
            body: try await RequestBodyReader.bytes(of: request),
            contentType: request.headers[.contentType],
            idempotencyKey: request.headers[named: "Idempotency-Key"],
            token: context.visitor.author.name
        )
        let answer = try await intake.accept(intakeRequest)
        var headers = HTTPFields()
        if answer.isReplay { headers[named: "Idempotency-Replayed"] = "true" }
        let ids = answer.ids.map { JSON.string($0.rawValue) }
        let body: JSON =
            answer.isArray ? .object([.init("ids", .array(ids))]) : .object([.init("id", ids.first ?? .null)])
        return .json(body, status: .accepted, headers: headers)
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        guard let id = EventID(rawValue: context.idText()) else {
            throw Problem.notFound("event \(context.idText().prefix(64))")
        }
        let queued = try await queue.event(id)
        let attempts = try await deliveries.attempts(event: id)
        guard queued != nil || !attempts.isEmpty else { throw Problem.notFound("event \(id), or it is long over") }
        let names = Dictionary(
            try await channels.channels().map { ($0.id, $0.settings.name) },
            uniquingKeysWith: { first, _ in first }
        )
        return .json(EventDocument.json(id, queued: queued, attempts: attempts, names: names))
    }
}
