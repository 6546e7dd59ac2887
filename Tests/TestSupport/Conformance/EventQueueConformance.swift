internal import Monitoring
package import Notifications
internal import Testing

/// What every engine's ``EventQueue`` must do: one sentence, and the proof of it.
///
/// A suite runs them all over its engine, each on a queue of its own:
/// `@Test(arguments: EventQueueConformance.all) func conforms(_ rule: EventQueueConformance)`.
package struct EventQueueConformance: Sendable, CustomTestStringConvertible {
    package let testDescription: String
    /// The bounds that the queue must be made with.
    package let bounds: QueueBounds
    /// Proves the rule on a fresh and empty queue.
    package let prove: @Sendable (EventQueueFixture) async throws -> Void

    init(
        _ sentence: String,
        bounds: QueueBounds = QueueBounds(),
        prove: @escaping @Sendable (EventQueueFixture) async throws -> Void
    ) {
        testDescription = sentence
        self.bounds = bounds
        self.prove = prove
    }

    package static let all: [Self] =
        enqueuing + waiting + claiming + routing + completing + ordering + sequencing + leasing + suspecting + burying
        + replaying + bounding + timing
}

/// A fresh queue, and the hand on its clock.
package struct EventQueueFixture: Sendable {
    package let queue: any EventQueue
    /// The lease that the rules work with: long enough for a busy machine, short enough to wait for.
    package let lease: Duration
    /// Lets time pass as the queue's server sees it.
    package let pass: @Sendable (Duration) async throws -> Void
    /// Lets the server's clock step: back, by what it had gone ahead, or on, with nobody to see the time between.
    package let step: @Sendable (ClockStep) async throws -> Void

    package init(
        queue: any EventQueue,
        lease: Duration,
        pass: @escaping @Sendable (Duration) async throws -> Void,
        step: @escaping @Sendable (ClockStep) async throws -> Void
    ) {
        self.queue = queue
        self.lease = lease
        self.pass = pass
        self.step = step
    }

    /// What may happen to a server's clock.
    package enum ClockStep: Sendable {
        /// It is put back by an hour; for the queue it is as if it had gone ahead by one so far.
        case back
        /// The host has slept for an hour, longer than any lease.
        case gap
    }

    // MARK: Steps that several rules take

    /// A body as the queue carries it.
    static func body(_ id: String) -> [UInt8] {
        Array(#"{"id":"\#(id)","type":"demo.hello","subject":"x","data":{}}"#.utf8)
    }

    static func id(_ text: String) throws -> EventID { try #require(EventID(rawValue: text)) }

    /// Adds events with ids of ours.
    @discardableResult
    func enqueue(_ ids: String..., key: EnqueueRequest.Key? = nil) async throws -> EnqueueOutcome {
        let elements = try ids.map {
            EnqueueRequest.Element(id: try Self.id($0), body: Self.body($0), ownHash: nil)
        }
        return try await queue.enqueue(EnqueueRequest(key: key, elements: elements))
    }

    /// Adds one event whose id its sender chose.
    func enqueueOwn(
        _ id: String,
        hash: String,
        beside others: [EnqueueRequest.Element] = []
    ) async throws
        -> EnqueueOutcome
    {
        let element = EnqueueRequest.Element(id: try Self.id(id), body: Self.body(id), ownHash: hash)
        return try await queue.enqueue(EnqueueRequest(key: nil, elements: others + [element]))
    }

    func claim(
        _ boot: String = "a",
        events: Int = 100,
        deliveries: Int = 100,
        lease: Duration? = nil,
        skip: Set<ChannelID> = [],
        slots: [ChannelID: Int] = [:],
        completions: [Completion] = []
    ) async throws -> Claim {
        try await queue.claim(
            ClaimRequest(
                boot: boot,
                lease: lease ?? .seconds(60),
                freeEvents: events,
                freeDeliveries: deliveries,
                skip: skip,
                channelSlots: slots,
                completions: completions
            )
        )
    }

    /// Adds an event and routes it to channels; its deliveries are then what can be claimed.
    func route(
        _ id: String,
        to channels: [Int64],
        order: String? = nil,
        delay: Duration = .zero,
        deadline: Duration = .seconds(3_600)
    ) async throws {
        try await enqueue(id)
        let held = try #require(try await claim("router", deliveries: 0).events.first)
        let event = try routed(held, id: id, to: channels, order: order, delay: delay, deadline: deadline)
        let outcomes = try await queue.route([event], as: "router")
        try #require(outcomes == [.routed])
    }

    func routed(
        _ held: HeldEvent,
        id: String,
        hash: String? = nil,
        to channels: [Int64],
        order: String? = nil,
        delay: Duration = .zero,
        deadline: Duration = .seconds(3_600)
    ) throws -> RoutedEvent {
        RoutedEvent(
            token: held.token,
            id: try Self.id(id),
            body: Self.body(id),
            hash: hash ?? "hash of \(id)",
            isOwnID: false,
            deliveries: channels.map {
                RoutedEvent.Delivery(channel: ChannelID(rawValue: $0), order: order, deadline: deadline, delay: delay)
            }
        )
    }

    /// Ends a held delivery.
    @discardableResult
    func end(_ delivery: HeldDelivery, _ end: Completion.DeliveryEnd, as boot: String = "a") async throws -> Bool {
        let completion = Completion.delivery(
            token: delivery.token,
            event: delivery.event,
            channel: delivery.channel,
            end: end
        )
        return try await queue.complete([completion], as: boot) == [true]
    }

    /// Ends a held event.
    @discardableResult
    func end(_ held: HeldEvent, id: String?, _ end: Completion.EventEnd, as boot: String = "a") async throws -> Bool {
        let completion = Completion.event(token: held.token, id: try id.map(Self.id), hash: nil, end: end)
        return try await queue.complete([completion], as: boot) == [true]
    }

    /// Puts dead letters back, with nothing between two of them unless it is said.
    func replay(
        _ letters: String...,
        deadline: Duration = .seconds(100),
        spacing: Duration = .zero
    ) async throws -> [ReplayOutcome] {
        let items = letters.map { ReplayRequest.Item(letter: $0, deadline: deadline) }
        return try await queue.replay(ReplayRequest(items: items, spacing: spacing))
    }

    /// Sweeps, as time passes, until `count` events and deliveries have been given back.
    func sweep(_ count: Int) async throws {
        var swept = 0
        // Far more than a lease and a grace, so that only a queue that never gives back ends here.
        for _ in 0..<400 where swept < count {
            try await pass(lease / 20)
            swept += try await queue.sweep()
        }
        try #require(swept == count, "given back: \(swept) of \(count)")
    }

    /// Claims deliveries, as time passes, until there is one.
    func nextDelivery(_ boot: String = "a") async throws -> HeldDelivery {
        for _ in 0..<400 {
            if let delivery = try await claim(boot, events: 0, deliveries: 1).deliveries.first { return delivery }
            try await pass(lease / 20)
        }
        throw NeverHappened(description: "no delivery fell due")
    }
}
