internal import Monitoring
internal import HTTPTypes
internal import Hummingbird
internal import Notifications

/// `/v1/channels`: the ways to tell people.
struct ChannelsController: Sendable {
    let actions: ChannelActions
    let deliveries: any DeliveryLog

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/channels", .token(.read), list),
            Endpoint(.post, "/v1/channels", .token(.manage), create),
            Endpoint(.get, "/v1/channels/{id}", .token(.read), show),
            Endpoint(.patch, "/v1/channels/{id}", .token(.manage), change),
            Endpoint(.delete, "/v1/channels/{id}", .token(.manage), remove),
            Endpoint(.post, "/v1/channels/{id}/test", .token(.manage), test),
            Endpoint(.get, "/v1/channels/{id}/attempts", .token(.read), attempts),
        ]
    }

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        // There are never many, so that one page holds them all.
        return .page(try await actions.channels.channels().map { ChannelDocument.json(of: $0) }, next: nil)
    }

    private func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await RequestBodyReader.json(of: request)
        let (settings, made) = try ChannelDocument.settings(from: json).orProblem()
        let channel = try await actions.channels.add(settings, by: context.visitor.author)
        var headers = EntityTag.headers(revision: channel.revision)
        headers[.location] = "/v1/channels/\(channel.id)"
        return .json(ChannelDocument.json(of: channel, made: made), status: .created, headers: headers)
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        let channel = try await actions.channel(context.id("channel"))
        return .json(ChannelDocument.json(of: channel), headers: EntityTag.headers(revision: channel.revision))
    }

    private func change(_ request: Request, _ context: WebContext) async throws -> Response {
        let patch = try await RequestBodyReader.json(of: request, types: ["application/merge-patch+json"])
        let expected = try EntityTag.expected(by: request)
        let channel = try await actions.channel(context.id("channel"))
        let (settings, made) = try ChannelDocument.settings(of: channel, patchedWith: patch).orProblem()
        try EntityTag.require(expected, of: "channel", now: channel.revision)
        let changed = try await actions.change(
            channel,
            to: settings,
            isConditional: expected != nil,
            by: context.visitor.author
        )
        return .json(
            ChannelDocument.json(of: changed, made: made),
            headers: EntityTag.headers(revision: changed.revision)
        )
    }

    private func remove(_ request: Request, _ context: WebContext) async throws -> Response {
        if let expected = try EntityTag.expected(by: request) {
            let channel = try await actions.channel(context.id("channel"))
            try EntityTag.require(expected, of: "channel", now: channel.revision)
        }
        try await actions.channels.remove(context.id("channel"), by: context.visitor.author)
        return .noContent
    }

    /// Sends a test message now; the answer says what came of it, and is 200 also where the receiver refused it.
    private func test(_ request: Request, _ context: WebContext) async throws -> Response {
        let test = await actions.testChannel(try await actions.channel(context.id("channel")))
        return .json(
            .object([
                .init("succeeded", .bool(test.succeeded)),
                .init("statusCode", test.statusCode.map { JSON($0) } ?? .null),
                .init("durationMs", JSON(test.duration.milliseconds)),
                .init("response", JSON(test.response)),
                .init("error", JSON(test.error)),
            ])
        )
    }

    private func attempts(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "limit")
        let channel = try await actions.channel(context.id("channel"))
        let attempts = try await deliveries.attempts(channel: channel.id, limit: try query.limit())
        return .page(attempts.map(EventDocument.json), next: nil)
    }
}
