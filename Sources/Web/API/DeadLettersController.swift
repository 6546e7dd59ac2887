internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/v1/dead-letters`: what could not be delivered.
struct DeadLettersController: Sendable {
    /// The most that one request puts back.
    static let maximumReplay = 1_000

    let actions: DeadLetterActions

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/dead-letters", .token(.read), list),
            Endpoint(.post, "/v1/dead-letters/replay", .token(.manage), replayMany),
            Endpoint(.get, "/v1/dead-letters/{id}", .token(.read), show),
            Endpoint(.post, "/v1/dead-letters/{id}/replay", .token(.manage), replay),
            Endpoint(.delete, "/v1/dead-letters/{id}", .token(.manage), discard),
        ]
    }

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "before", "limit", "channel")
        let page = try await actions.queue.deadLetters(
            DeadLetterQuery(
                before: query["before"],
                limit: try query.limit(),
                channel: try query.identifier("channel")
            )
        )
        return .page(page.items.map(DeadLetterDocument.json), next: page.next)
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        .json(DeadLetterDocument.json(try await actions.letter(context.idText())))
    }

    private func replay(_ request: Request, _ context: WebContext) async throws -> Response {
        let letter = try await actions.letter(context.idText())
        return .json(.object([.init("replayed", JSON(try await actions.replay([letter])))]))
    }

    /// Puts back what `ids` names, or what lies there of one channel or of all, up to ``maximumReplay``.
    private func replayMany(_ request: Request, _ context: WebContext) async throws -> Response {
        var reader = ObjectReader(try await RequestBodyReader.json(of: request))
        let ids = reader.strings("ids", atMost: Self.maximumReplay) { $0.utf8.count <= 128 ? nil : "Is no id." }
        let channel = reader.string("channel") { ChannelID($0) == nil ? "Is no id of a channel." : nil }
        let all = reader.bool("all") ?? false
        if [ids != nil, channel != nil, all].count(where: { $0 }) != 1, reader.problems.isEmpty {
            reader.report("", "Name exactly one of: ids (an array), channel (an id), all (true).")
        }
        let problems = reader.finish()
        guard problems.isEmpty else { throw Problem.invalid(problems) }

        let letters: [DeadLetter]
        if let ids {
            letters = try await actions.letters(ids)
        } else {
            let query = DeadLetterQuery(limit: Self.maximumReplay, channel: channel.flatMap { ChannelID($0) })
            letters = try await actions.queue.deadLetters(query).items
        }
        return .json(.object([.init("replayed", JSON(try await actions.replay(letters)))]))
    }

    private func discard(_ request: Request, _ context: WebContext) async throws -> Response {
        let letter = try await actions.letter(context.idText())
        guard try await actions.queue.discard([letter.id]) == 1 else {
            throw Problem.notFound("dead letter \(letter.id)")
        }
        return .noContent
    }
}

/// What can be done with dead letters, by the API and by the dashboard alike.
struct DeadLetterActions: Sendable {
    let queue: any EventQueue
    let channels: any ChannelStore

    func letter(_ id: String) async throws -> DeadLetter {
        guard id.utf8.count <= 128, let letter = try await queue.deadLetter(id) else {
            throw Problem.notFound("dead letter \(id.prefix(64))")
        }
        return letter
    }

    /// Those of the dead letters that there are.
    func letters(_ ids: [String]) async throws -> [DeadLetter] {
        var letters: [DeadLetter] = []
        for id in ids {
            if let letter = try await queue.deadLetter(id) { letters.append(letter) }
        }
        return letters
    }

    /// Puts dead letters back with a new deadline, which depends on what kind of channel each is for.
    ///
    /// - Returns: How many were put back.
    func replay(_ letters: [DeadLetter]) async throws -> Int {
        let types = Dictionary(
            try await channels.channels().map { ($0.id, $0.settings.type) },
            uniquingKeysWith: { first, _ in first }
        )
        let groups = Dictionary(grouping: letters) { letter in
            letter.channel.flatMap { types[$0] } ?? .webhook
        }
        var replayed = 0
        for (type, letters) in groups {
            replayed += try await queue.replay(letters.map(\.id), deadline: Self.deadline(of: type))
        }
        return replayed
    }

    /// As for a new delivery.
    private static func deadline(of type: ChannelType) -> Duration {
        type == .webhook ? RetrySchedule.webhook.deadline : RetrySchedule.people.deadline
    }
}
