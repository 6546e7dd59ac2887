package import Metrics
package import Monitoring

/// Takes events in: validates them, and has them in the queue before it answers.
package struct EventIntake: Sendable {
    /// Most events of one request.
    package static let maximumEvents = 1_000
    /// Most characters of an idempotency key.
    package static let maximumKey = 255

    private static let keyLifetime = Duration.seconds(86_400)
    // Long enough for one repeat of a request whose reply was lost.
    private static let internalKeyLifetime = Duration.seconds(10)
    // The answer is due within 2 s, the broker away or not.
    private static let longest = Duration.milliseconds(1_800)

    private let queue: any EventQueue
    private let keeper: AcceptanceKeeper?
    private let time: any TimeSource
    private let limit: TimeLimit
    private let metrics: IntakeMetrics

    /// Makes an intake; a broker that may lose its last moments wants a keeper.
    package init(
        queue: any EventQueue,
        keeper: AcceptanceKeeper? = nil,
        time: any TimeSource,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.queue = queue
        self.keeper = keeper
        self.time = time
        limit = TimeLimit(Self.longest, on: time)
        self.metrics = IntakeMetrics(metrics)
    }

    /// Queues the one event or the array of events of a request, all or none.
    ///
    /// - Parameter request: What the client sent.
    /// - Returns: The ids, once the broker has the events.
    /// - Throws: ``IntakeError``; then nothing was queued, or, where the broker's reply was lost and there is no key, it is not known.
    package func accept(_ request: IntakeRequest) async throws -> IntakeAnswer {
        let startedAt = time.now()
        do {
            let answer = try await answer(to: request)
            metrics.accepted(answer, in: time.now() - startedAt)
            return answer
        } catch {
            metrics.refused(error)
            throw error
        }
    }

    private func answer(to request: IntakeRequest) async throws -> IntakeAnswer {
        let document: JSON
        do {
            document = try JSON(parsing: request.body)
        } catch {
            throw IntakeError.malformed("The body is \(error.description).")
        }
        let inputs = try Self.inputs(of: document)
        let elements = inputs.map { element(of: $0) }
        let key = try key(of: request, elements)
        let enqueued = EnqueueRequest(key: key, elements: elements)
        let outcome = try await enqueue(enqueued)
        let isArray = document.array != nil
        switch outcome {
        case .queued(let ids):
            keeper?.keep(enqueued)
            return IntakeAnswer(ids: ids, isArray: isArray, isReplay: false)
        case .replayed(let ids):
            // Without a key all ids are ours, so that only our own repeat can have queued them.
            return IntakeAnswer(ids: ids, isArray: isArray, isReplay: key != nil)
        case .mismatch:
            throw IntakeError.mismatch(
                request.idempotencyKey == nil
                    ? "An event's id is known with another body; give the new event an id of its own."
                    : "The idempotency key, or an event's id, was used before with another body; use a new one."
            )
        case .full:
            throw IntakeError.full("The queue is full; try again later.")
        case .moved:
            throw IntakeError.unavailable("The broker has changed; try again.")
        }
    }

    private static func inputs(of document: JSON) throws(IntakeError) -> [EventInput] {
        guard let elements = document.array else {
            do {
                return [try EventInput(document, at: "")]
            } catch { throw .invalid(error.problems) }
        }
        guard (1...maximumEvents).contains(elements.count) else {
            let detail = "An array holds 1 to \(maximumEvents) events; this holds \(elements.count)."
            throw .invalid([FieldProblem(pointer: "", detail: detail)])
        }
        var inputs: [EventInput] = []
        var problems: [FieldProblem] = []
        var seen: Set<EventID> = []
        for (index, element) in elements.enumerated() {
            do {
                let input = try EventInput(element, at: "/\(index)")
                if let id = input.ownID, !seen.insert(id).inserted {
                    let detail = "Another event of the request has the same id."
                    problems.append(FieldProblem(pointer: "/\(index)/id", detail: detail))
                }
                inputs.append(input)
            } catch { problems += error.problems }
            // The first hundred say enough.
            if problems.count >= 100 { break }
        }
        if !problems.isEmpty { throw .invalid(problems) }
        return inputs
    }

    private func element(of input: EventInput) -> EnqueueRequest.Element {
        guard let id = input.ownID else {
            let now = time.now()
            let id = EventID.made(at: now)
            var event = input.event
            event.time = event.time ?? now.rfc3339
            return EnqueueRequest.Element(id: id, body: event.element(id: id), ownHash: nil)
        }
        // With a time of ours the same event would be another body the second time.
        let body = input.event.element(id: id)
        return EnqueueRequest.Element(id: id, body: body, ownHash: ContentHash.hex(of: body))
    }

    /// The client's key, or one of our own, which lives just long enough for a repeat inside.
    ///
    /// Where all ids are ours, these tell as much, and there is none.
    private func key(
        of request: IntakeRequest,
        _ elements: [EnqueueRequest.Element]
    ) throws(IntakeError) -> EnqueueRequest.Key? {
        guard let key = request.idempotencyKey else {
            if elements.allSatisfy({ $0.ownHash == nil }) { return nil }
            let maker = ULID.text(at: time.now())
            return EnqueueRequest.Key(
                hash: ContentHash.hex(of: Array(maker.utf8)),
                bodyHash: "",
                lifetime: Self.internalKeyLifetime,
                maker: maker
            )
        }
        guard (1...Self.maximumKey).contains(key.utf8.count), key.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw .malformed("An Idempotency-Key has 1 to \(Self.maximumKey) visible ASCII characters and no space.")
        }
        // None of the three can hold a line break.
        let scoped = [request.token, request.route, key].joined(separator: "\n")
        return EnqueueRequest.Key(
            hash: ContentHash.hex(of: Array(scoped.utf8)),
            bodyHash: ContentHash.hex(of: request.body),
            lifetime: Self.keyLifetime,
            maker: ULID.text(at: time.now())
        )
    }

    /// Enqueues, with one repeat where the reply may have been lost: the key, or the ids, make it harmless.
    private func enqueue(_ request: EnqueueRequest) async throws(IntakeError) -> EnqueueOutcome {
        do {
            return try await limit.run { [queue, time] in
                do {
                    return try await queue.enqueue(request)
                } catch let error as QueueError where error.code == .unavailable {
                    try await time.sleep(for: .milliseconds(100))
                    return try await queue.enqueue(request)
                }
            }
        } catch let error as QueueError {
            switch error.code {
            case .unavailable: throw .unavailable(error.message)
            case .full, .refused: throw .full(error.message)
            }
        } catch is TimeLimit.Exceeded {
            throw .unavailable("The broker did not answer in time; try again.")
        } catch {
            throw .unavailable("The request was given up before the broker answered.")
        }
    }
}

/// What a client sent.
package struct IntakeRequest: Sendable, Equatable {
    package var body: [UInt8]
    package var contentType: String?
    /// The `Idempotency-Key` header.
    package var idempotencyKey: String?
    /// The name of the token, which scopes the key.
    package var token: String
    /// The route, which scopes the key.
    package var route: String

    package init(
        body: [UInt8],
        contentType: String? = nil,
        idempotencyKey: String? = nil,
        token: String,
        route: String = "POST /v1/events"
    ) {
        self.body = body
        self.contentType = contentType
        self.idempotencyKey = idempotencyKey
        self.token = token
        self.route = route
    }
}

/// The answer to a request that was taken in.
package struct IntakeAnswer: Sendable, Equatable {
    package let ids: [EventID]
    /// Whether the request was an array, and so is the answer.
    package let isArray: Bool
    /// Whether the same request was answered before.
    package let isReplay: Bool

    package init(ids: [EventID], isArray: Bool, isReplay: Bool) {
        self.ids = ids
        self.isArray = isArray
        self.isReplay = isReplay
    }
}

/// Why a request was not taken in.
package enum IntakeError: Error, Sendable, Equatable {
    /// The body is not JSON, or the key is not one: 400.
    case malformed(String)
    /// Fields are wrong: 422.
    case invalid([FieldProblem])
    /// The idempotency key or the event's own id stands for another body: 422.
    case mismatch(String)
    /// The queue has reached its bound, or the broker its memory: 503.
    case full(String)
    /// The broker can't be reached: 503.
    case unavailable(String)
}
