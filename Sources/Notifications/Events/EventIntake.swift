package import Monitoring

/// Takes events in: validates them, and has them in the queue before it answers.
package struct EventIntake: Sendable {
    private let queue: any EventQueue
    private let time: any TimeSource

    package init(queue: any EventQueue, time: any TimeSource) {
        self.queue = queue
        self.time = time
    }

    /// Queues the one event or the array of events of a request, all or none.
    ///
    /// - Parameter request: What the client sent.
    /// - Returns: The ids, once the broker has the events.
    /// - Throws: ``IntakeError``; then nothing was queued, or, where the broker's reply was lost and there is no key, it is not known.
    package func accept(_ request: IntakeRequest) async throws -> IntakeAnswer {
        throw IntakeError.malformed("not built yet")
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
