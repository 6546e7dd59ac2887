internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/v1/dead-letters`: what could not be delivered.
struct DeadLettersController: Sendable {
    private static let maximumRate = 1_000

    let actions: DeadLetterActions

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/dead-letters", .token(.read), list),
            Endpoint(.post, "/v1/dead-letters/replay", .token(.manage), replayMany),
            Endpoint(.post, "/v1/dead-letters/discard", .token(.manage), discardMany),
            Endpoint(.get, "/v1/dead-letters/{id}", .token(.read), show),
            Endpoint(.post, "/v1/dead-letters/{id}/replay", .token(.manage), replay),
            Endpoint(.delete, "/v1/dead-letters/{id}", .token(.manage), discard),
        ]
    }

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "before", "limit", "channel", "type", "reason", "since", "until")
        let type = try query.given("type").map { text in
            guard let pattern = EventPattern(text) else { throw Problem.parameter("type", "is no pattern of types") }
            return pattern
        }
        let filter = DeadLetterFilter(
            channel: try query.identifier("channel"),
            type: type,
            reason: query["reason"],
            since: try query.time("since"),
            until: try query.time("until")
        )
        let page = try await actions.list(filter, before: query["before"], limit: query.limit())
        return .page(page.items.map(DeadLetterDocument.json), next: page.next)
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        return .json(DeadLetterDocument.json(try await actions.found(context.idText())))
    }

    private func replay(_ request: Request, _ context: WebContext) async throws -> Response {
        let letter = try await actions.found(context.idText())
        return .json(Self.answer(try await actions.replay([letter.id]), next: nil))
    }

    private func replayMany(_ request: Request, _ context: WebContext) async throws -> Response {
        var reader = ObjectReader(try await RequestBodyReader.json(of: request))
        let rate = reader.int("rate", in: 1...Self.maximumRate) ?? DeadLetterActions.standardRate
        switch try DeadLetterSelection(&reader) {
        case .ids(let ids):
            return .json(Self.answer(try await actions.replay(ids, rate: rate), next: nil))
        case .filter(let filter, let cursor):
            let (tally, next) = try await actions.replay(filter, from: cursor, rate: rate)
            return .json(Self.answer(tally, next: next))
        }
    }

    private func discardMany(_ request: Request, _ context: WebContext) async throws -> Response {
        var reader = ObjectReader(try await RequestBodyReader.json(of: request))
        let count: Int
        var next: DeadLetterCursor?
        switch try DeadLetterSelection(&reader) {
        case .ids(let ids): count = try await actions.discard(ids)
        case .filter(let filter, let cursor): (count, next) = try await actions.discard(filter, from: cursor)
        }
        return .json(.object([.init("discarded", JSON(count)), .init("next", JSON(next?.description))]))
    }

    private func discard(_ request: Request, _ context: WebContext) async throws -> Response {
        let letter = try await actions.found(context.idText())
        guard try await actions.discard([letter.id]) == 1 else {
            throw Problem.notFound("dead letter \(letter.id)")
        }
        return .noContent
    }

    private static func answer(_ tally: DeadLetterActions.Tally, next: DeadLetterCursor?) -> JSON {
        .object([
            .init("replayed", JSON(tally.replayed)),
            .init("full", JSON(tally.full)),
            .init("gone", JSON(tally.gone)),
            .init("next", JSON(next?.description)),
        ])
    }
}

extension DeadLetterActions {
    /// The dead letter that a path names.
    func found(_ id: String) async throws -> DeadLetter {
        guard id.utf8.count <= 128, let letter = try await letter(id) else {
            throw Problem.notFound("dead letter \(id.prefix(64))")
        }
        return letter
    }
}
