internal import Monitoring
internal import Notifications
internal import Redis

/// What goes to the queue's functions and what they answer, as plain values; see the functions for the order.
enum EventWire {
    // MARK: There

    static func enqueue(_ requests: [EnqueueRequest], bounds: QueueBounds) -> [RedisArgument] {
        var arguments: [RedisArgument] = [RedisArgument(bounds.maxLength), RedisArgument(requests.count)]
        for request in requests {
            arguments += [
                .string(request.expecting?.epoch ?? ""), .string(request.expecting?.run ?? ""),
                .string(request.key?.hash ?? ""), .string(request.key?.bodyHash ?? ""),
                .integer(request.key?.lifetime.milliseconds ?? 0), .string(request.key?.maker ?? ""),
                RedisArgument(request.elements.count),
            ]
            for element in request.elements {
                arguments += [.string(element.id.rawValue), .bytes(element.body), .string(element.ownHash ?? "")]
            }
        }
        return arguments
    }

    static func arguments(of request: ClaimRequest) -> [RedisArgument] {
        var arguments: [RedisArgument] = [
            .string(request.boot), .integer(request.lease.milliseconds), request.knownToken == nil ? "0" : "1",
            .string(request.knownToken ?? ""), RedisArgument(max(0, request.freeEvents)),
            RedisArgument(max(0, request.freeDeliveries)), RedisArgument(request.skip.count),
        ]
        arguments += request.skip.map { .string($0.description) }
        arguments.append(RedisArgument(request.channelSlots.count))
        for (channel, slots) in request.channelSlots {
            arguments += [.string(channel.description), RedisArgument(max(0, slots))]
        }
        return arguments
    }

    static func route(_ events: [RoutedEvent], boot: String, bounds: QueueBounds) -> [RedisArgument] {
        var arguments: [RedisArgument] = [
            .string(boot), RedisArgument(bounds.maxDeadLetters), RedisArgument(bounds.maxBacklog),
            RedisArgument(events.count),
        ]
        for event in events {
            arguments += [
                .string(event.token), .string(event.id.rawValue), .bytes(event.body), .string(event.hash),
                event.isOwnID ? "1" : "0", RedisArgument(event.deliveries.count),
            ]
            for delivery in event.deliveries {
                arguments += [
                    .string(delivery.channel.description), .string(delivery.order ?? ""),
                    .integer(delivery.deadline.milliseconds), .integer(delivery.delay.milliseconds),
                    RedisArgument(delivery.attempts), .string(delivery.buried ?? ""),
                ]
            }
        }
        return arguments
    }

    static func complete(_ completions: [Completion], boot: String, bounds: QueueBounds) -> [RedisArgument] {
        [.string(boot), RedisArgument(bounds.maxDeadLetters), RedisArgument(completions.count)]
            + completions.flatMap(arguments)
    }

    private static func arguments(of completion: Completion) -> [RedisArgument] {
        switch completion {
        case .event(let token, let id, let hash, let end):
            let (kind, extra) =
                switch end {
                case .sent(let channel): ("sent", channel.description)
                case .unrouted: ("unrouted", "")
                case .dead(let reason): ("dead", reason)
                case .released: ("released", "")
                }
            return [
                "event", .string(token), .string(id?.rawValue ?? ""), .string(hash ?? ""), .string(kind),
                .string(extra), 0,
            ]
        case .delivery(let token, let event, let channel, let end):
            let (kind, extra, attempts) =
                switch end {
                case .sent(let successor): ("sent", successor?.rawValue ?? "", 0)
                case .retry(let delay, let counts): ("retry", "\(max(0, delay.milliseconds))", counts ? 1 : 0)
                case .dead(let reason, let counts): ("dead", reason, counts ? 1 : 0)
                case .released: ("released", "", 0)
                }
            return [
                "delivery", .string(token), .string(event.rawValue), .string(channel.description), .string(kind),
                .string(extra), RedisArgument(attempts),
            ]
        }
    }

    static func replay(_ items: [ReplayRequest.Item], spacing: Duration, bounds: QueueBounds) -> [RedisArgument] {
        var arguments: [RedisArgument] = [
            .integer(max(0, spacing.milliseconds)), RedisArgument(bounds.maxLength), RedisArgument(bounds.maxBacklog),
            RedisArgument(items.count),
        ]
        for item in items {
            arguments += [
                .string(item.letter), .integer(item.deadline.milliseconds),
                .string(item.sequel?.id.rawValue ?? ""), .bytes(item.sequel?.body ?? []),
                .string(item.sequel?.ownHash ?? ""),
            ]
        }
        return arguments
    }

    static func arguments(of query: DeadLetterQuery) -> [RedisArgument] {
        [
            .string(query.lowerBound.map { "(" + $0 } ?? "-"), .string(query.upperBound.map { "(" + $0 } ?? "+"),
            query.isOldestFirst ? "1" : "0", RedisArgument(max(1, query.limit)),
            .string(query.channel?.description ?? ""),
        ]
    }

    // MARK: Back

    static func enqueueOutcomes(_ reply: RESPValue, of requests: [EnqueueRequest]) throws -> [EnqueueOutcome] {
        let outcomes = try reply.array()
        guard outcomes.count == requests.count else { throw unexpected(reply) }
        return try zip(outcomes, requests).map { try enqueueOutcome($0, of: $1) }
    }

    private static func enqueueOutcome(_ reply: RESPValue, of request: EnqueueRequest) throws -> EnqueueOutcome {
        let fields = try reply.array()
        switch try fields.first?.string() {
        case "queued": return .queued(request.elements.map(\.id))
        case "replayed": return .replayed(try ids(fields))
        case "mismatch": return .mismatch
        case "full": return .full
        case "moved": return .moved
        default: throw unexpected(reply)
        }
    }

    private static func ids(_ fields: [RESPValue]) throws -> [EventID] {
        try field(fields, 1).string().split(separator: " ").compactMap { EventID(rawValue: String($0)) }
    }

    static func completed(_ reply: RESPValue) throws -> [Bool] {
        try reply.array().map { try $0.int() == 1 }
    }

    static func claim(_ reply: RESPValue) throws -> Claim {
        let fields = try reply.array()
        let nextDue = try field(fields, 1).int()
        return Claim(
            now: Timestamp(milliseconds: Int64(try field(fields, 0).int())),
            nextDue: nextDue < 0 ? nil : Timestamp(milliseconds: Int64(nextDue)),
            depth: try field(fields, 2).int(),
            events: try field(fields, 3).array().map(heldEvent),
            deliveries: try field(fields, 4).array().map(heldDelivery),
            gates: Dictionary(
                try field(fields, 5).array().map { gate in
                    let parts = try gate.array()
                    return (try channelID(field(parts, 0)), try timestamp(field(parts, 1)))
                },
                uniquingKeysWith: { first, _ in first }
            )
        )
    }

    private static func heldEvent(_ reply: RESPValue) throws -> HeldEvent {
        let fields = try reply.array()
        return HeldEvent(
            token: try field(fields, 0).string(),
            body: try field(fields, 1).bytes(),
            crashes: try field(fields, 2).int()
        )
    }

    private static func heldDelivery(_ reply: RESPValue) throws -> HeldDelivery {
        let fields = try reply.array()
        let order = try field(fields, 8).string()
        let body = try field(fields, 10)
        let successor = try EventID(rawValue: field(fields, 9).string()).map {
            HeldDelivery.Successor(event: $0, body: try body.bytes())
        }
        return HeldDelivery(
            token: try field(fields, 0).string(),
            event: try eventID(field(fields, 1)),
            channel: try channelID(field(fields, 2)),
            body: try field(fields, 3).bytes(),
            attempts: try field(fields, 4).int(),
            crashes: try field(fields, 5).int(),
            routedAt: try timestamp(field(fields, 6)),
            deadline: try timestamp(field(fields, 7)),
            order: order.isEmpty ? nil : order,
            successor: successor
        )
    }

    static func routeOutcome(_ reply: RESPValue) throws -> RouteOutcome {
        guard let outcome = RouteOutcome(rawValue: try reply.string()) else { throw unexpected(reply) }
        return outcome
    }

    static func replayOutcome(_ reply: RESPValue) throws -> ReplayOutcome {
        guard let outcome = ReplayOutcome(rawValue: try reply.string()) else { throw unexpected(reply) }
        return outcome
    }

    static func backlog(_ reply: RESPValue) throws -> (ChannelID, Int) {
        let fields = try reply.array()
        return (try channelID(field(fields, 0)), try field(fields, 1).int())
    }

    static func incarnation(_ reply: RESPValue) throws -> QueueIncarnation {
        let fields = try reply.array()
        return QueueIncarnation(epoch: try field(fields, 0).string(), run: try field(fields, 1).string())
    }

    static func page(_ reply: RESPValue) throws -> DeadLetterPage {
        let fields = try reply.array()
        let next = try field(fields, 0).string()
        return DeadLetterPage(
            items: try field(fields, 1).array().map(deadLetter),
            next: next.isEmpty ? nil : next
        )
    }

    static func deadLetter(_ reply: RESPValue) throws -> DeadLetter {
        let fields = try reply.array()
        let event = try field(fields, 0).string()
        let channel = try field(fields, 1)
        return DeadLetter(
            id: try field(fields, 6).string(),
            event: EventID(rawValue: event),
            channel: try channel.string().isEmpty ? nil : try channelID(channel),
            reason: try field(fields, 2).string(),
            attempts: try field(fields, 3).int(),
            body: try field(fields, 4).bytes(),
            at: try timestamp(field(fields, 5))
        )
    }

    static func event(_ reply: RESPValue, id: EventID) throws -> QueuedEvent? {
        let fields = try reply.array()
        guard let first = fields.first else { return nil }
        guard let state = QueuedEvent.State(rawValue: try first.string()) else { throw unexpected(reply) }
        var deliveries = try field(fields, 2).array().map(delivery).sorted { $0.channel < $1.channel }
        if let sent = ChannelID(try field(fields, 1).string()) {
            deliveries.append(QueuedEvent.Delivery(channel: sent, state: .sent, attempts: 1, due: nil))
        }
        return QueuedEvent(id: id, state: state, deliveries: deliveries)
    }

    private static func delivery(_ reply: RESPValue) throws -> QueuedEvent.Delivery {
        let fields = try reply.array()
        let state: QueuedEvent.Delivery.State =
            switch try field(fields, 1).string() {
            case "p": .pending
            case "h": .held
            case "s": .sent
            case "d": .dead
            default: throw unexpected(reply)
            }
        return QueuedEvent.Delivery(
            channel: try channelID(field(fields, 0)),
            state: state,
            attempts: try field(fields, 2).int(),
            due: state == .pending ? try timestamp(field(fields, 3)) : nil
        )
    }

    static func counts(_ reply: RESPValue) throws -> QueueCounts {
        let numbers = try reply.array()
        return QueueCounts(
            waiting: try field(numbers, 0).int(),
            oldest: QueueElement.time(of: try field(numbers, 7).bytes()),
            held: try field(numbers, 1).int(),
            scheduled: try field(numbers, 2).int(),
            dead: try field(numbers, 3).int(),
            discarded: try field(numbers, 4).int(),
            workers: try field(numbers, 5).int(),
            lost: try field(numbers, 6).int()
        )
    }

    // MARK: Fields

    private static func field(_ fields: [RESPValue], _ index: Int) throws -> RESPValue {
        guard fields.indices.contains(index) else { throw unexpected(.array(fields)) }
        return fields[index]
    }

    private static func timestamp(_ value: RESPValue) throws -> Timestamp {
        Timestamp(milliseconds: Int64(try value.int()))
    }

    private static func eventID(_ value: RESPValue) throws -> EventID {
        guard let id = EventID(rawValue: try value.string()) else { throw unexpected(value) }
        return id
    }

    private static func channelID(_ value: RESPValue) throws -> ChannelID {
        guard let id = ChannelID(try value.string()) else { throw unexpected(value) }
        return id
    }

    private static func unexpected(_ reply: RESPValue) -> RedisError {
        RedisError(.unexpectedReply, "A function of the queue answered something else than it should.")
    }
}
