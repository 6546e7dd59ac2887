internal import Monitoring
internal import Notifications
internal import Testing

extension EventQueueConformance {
    static let claiming: [Self] = [
        Self("nothing is given to two workers") { fixture in
            for index in 0..<40 { try await fixture.enqueue("e\(index)") }
            let bodies = try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
                for worker in 0..<8 {
                    group.addTask { try await fixture.claim("w\(worker)", events: 10).events.map(\.body) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(bodies.count == 40)
            #expect(Set(bodies).count == 40)
        },
        Self("a worker gets no more than it has free slots for") { fixture in
            try await fixture.route("r1", to: [1, 2, 3])
            try await fixture.enqueue("e1", "e2")
            let none = try await fixture.claim(events: 0, deliveries: 0)
            #expect(none.events.isEmpty && none.deliveries.isEmpty)
            #expect(none.depth == 2)
            let some = try await fixture.claim(events: 1, deliveries: 2)
            #expect(some.events.count == 1 && some.deliveries.count == 2)
            #expect(some.depth == 1)
        },
        Self("every token is another") { fixture in
            try await fixture.route("r1", to: [1, 2])
            try await fixture.enqueue("e1", "e2")
            let first = try await fixture.claim()
            for held in first.events { try await fixture.end(held, id: nil, .released) }
            for held in first.deliveries { try await fixture.end(held, .released) }
            let second = try await fixture.claim()
            let tokens = [first, second].flatMap { $0.events.map(\.token) + $0.deliveries.map(\.token) }
            #expect(tokens.count == 8)
            #expect(Set(tokens).count == 8)
        },
        Self("a skipped channel keeps its deliveries, and holds up no other") { fixture in
            try await fixture.route("r1", to: [1, 2])
            let skipping = try await fixture.claim(skip: [ChannelID(rawValue: 1)])
            #expect(skipping.deliveries.map(\.channel.rawValue) == [2])
            #expect(skipping.nextDue == nil)
            #expect(try await fixture.claim().deliveries.map(\.channel.rawValue) == [1])
        },
        Self("a channel that was skipped for a while goes on in the order in which its deliveries fell due") {
            fixture in
            let channel = ChannelID(rawValue: 1)
            for index in 0..<4 {
                try await fixture.route("r\(index)", to: [1])
                try await fixture.pass(fixture.lease / 20)
                #expect(try await fixture.claim(skip: [channel]).deliveries.isEmpty)
            }
            #expect(try await fixture.queue.backlogs() == [channel: 4])
            #expect(try await fixture.claim().deliveries.map(\.event.rawValue) == ["r0", "r1", "r2", "r3"])
        },
        Self("a channel gives no more than it has slots for") { fixture in
            for index in 0..<5 { try await fixture.route("r\(index)", to: [1, 2]) }
            let claim = try await fixture.claim(slots: [ChannelID(rawValue: 1): 2])
            #expect(claim.deliveries.filter { $0.channel.rawValue == 1 }.count == 2)
            #expect(claim.deliveries.filter { $0.channel.rawValue == 2 }.count == 5)
            #expect(claim.nextDue == nil)
        },
        // PITFALLS 22
        Self("a channel's backlog does not starve another channel") { fixture in
            for index in 0..<20 { try await fixture.route("old\(index)", to: [1]) }
            try await fixture.route("new", to: [2, 3])
            let channels = try await fixture.claim(deliveries: 4).deliveries.map(\.channel.rawValue)
            #expect(channels.count == 4)
            #expect(Set(channels) == [1, 2, 3])
        },
        Self("a gate holds a channel's deliveries back for every worker, and ends") { fixture in
            try await fixture.route("r1", to: [1, 2])
            try await fixture.queue.gate(ChannelID(rawValue: 1), for: fixture.lease * 2)
            // A shorter one doesn't end a longer one.
            try await fixture.queue.gate(ChannelID(rawValue: 1), for: fixture.lease / 100)
            let claim = try await fixture.claim()
            #expect(claim.deliveries.map(\.channel.rawValue) == [2])
            let due = try #require(claim.nextDue)
            #expect(due > claim.now)
            let delivery = try await fixture.nextDelivery("b")
            #expect(delivery.channel.rawValue == 1)
        },
        Self("a claim of events tells of the gates that hold channels back, as long as they do") { fixture in
            let channel = ChannelID(rawValue: 1)
            try await fixture.queue.gate(channel, for: fixture.lease)
            try await fixture.enqueue("e1", "e2")
            let request = ClaimRequest(
                boot: "a",
                lease: fixture.lease,
                freeEvents: 1,
                freeDeliveries: 1,
                channelSlots: [channel: 1, ChannelID(rawValue: 2): 1]
            )
            let early = try await fixture.queue.claim(request)
            #expect(early.events.count == 1)
            #expect(Array(early.gates.keys) == [channel])
            #expect(early.gates[channel].map { $0 > early.now } == true)
            try await fixture.pass(fixture.lease)
            let late = try await fixture.queue.claim(request)
            #expect(late.events.count == 1 && late.gates.isEmpty)
        },
        Self("a gate of no duration lifts what holds the channel back") { fixture in
            try await fixture.route("r1", to: [1])
            try await fixture.queue.gate(ChannelID(rawValue: 1), for: .seconds(3_600))
            #expect(try await fixture.claim().deliveries.isEmpty)
            try await fixture.queue.gate(ChannelID(rawValue: 1), for: .zero)
            #expect(try await fixture.claim().deliveries.count == 1)
        },
        Self("a delivery is given out when it is due, not before") { fixture in
            try await fixture.route("later", to: [1], delay: fixture.lease)
            let early = try await fixture.claim()
            #expect(early.deliveries.isEmpty)
            #expect(early.nextDue == early.now + fixture.lease || early.nextDue.map { $0 > early.now } == true)
            let delivery = try await fixture.nextDelivery()
            #expect(delivery.event.rawValue == "later")
        },
        Self("a delivery past its deadline is still given out, for its worker to bury") { fixture in
            try await fixture.route("r1", to: [1], deadline: fixture.lease / 10)
            try await fixture.pass(fixture.lease)
            let claim = try await fixture.claim()
            let delivery = try #require(claim.deliveries.first)
            #expect(delivery.deadline < claim.now)
        },
    ]

    static let routing: [Self] = [
        Self("an event becomes one delivery for each channel, and shows where it stands") { fixture in
            let id = try EventQueueFixture.id("r1")
            #expect(try await fixture.queue.event(id) == nil)
            try await fixture.enqueue("r1")
            #expect(try await fixture.queue.event(id) == QueuedEvent(id: id, state: .queued, deliveries: []))
            let held = try #require(try await fixture.claim().events.first)
            let event = try fixture.routed(held, id: "r1", to: [2, 1])
            #expect(try await fixture.queue.route([event], as: "a") == [.routed])
            let routed = try #require(try await fixture.queue.event(id))
            #expect(routed.state == .routed)
            #expect(routed.deliveries.map(\.channel.rawValue) == [1, 2])
            #expect(routed.deliveries.allSatisfy { $0.state == .pending && $0.attempts == 0 && $0.due != nil })
            #expect(try await fixture.queue.counts().scheduled == 2)

            let claim = try await fixture.claim()
            #expect(claim.deliveries.count == 2)
            for delivery in claim.deliveries {
                #expect(delivery.event == id)
                #expect(delivery.body == EventQueueFixture.body("r1"))
                #expect(delivery.attempts == 0 && delivery.crashes == 0)
                #expect(delivery.deadline == delivery.routedAt + .seconds(3_600))
                #expect(delivery.order == nil && delivery.successor == nil)
            }
            #expect(try await fixture.queue.event(id)?.deliveries.map(\.state) == [.held, .held])
        },
        Self("an event that no channel wants ends unrouted") { fixture in
            try await fixture.enqueue("r1", "r2")
            let held = try await fixture.claim().events
            #expect(
                try await fixture.queue.route([try fixture.routed(held[0], id: "r1", to: [])], as: "a") == [.routed]
            )
            #expect(try await fixture.end(held[1], id: "r2", .unrouted))
            for id in ["r1", "r2"] {
                #expect(try await fixture.queue.event(EventQueueFixture.id(id))?.state == .unrouted)
            }
            #expect(try await fixture.queue.counts().held == 0)
        },
        Self("an id that is known with the same content is routed once") { fixture in
            try await fixture.enqueue("e1", "e2")
            let held = try await fixture.claim().events
            let events = try held.map { try fixture.routed($0, id: "same", to: [1]) }
            #expect(try await fixture.queue.route(events, as: "a") == [.routed, .duplicate])
            #expect(try await fixture.claim().deliveries.count == 1)
            #expect(try await fixture.queue.counts().dead == 0)
        },
        Self("an id that is known with other content is a dead letter, and stops nothing") { fixture in
            try await fixture.enqueue("e1", "e2", "e3")
            let held = try await fixture.claim().events
            let events = [
                try fixture.routed(held[0], id: "same", hash: "one", to: [1]),
                try fixture.routed(held[1], id: "same", hash: "two", to: [1]),
                try fixture.routed(held[2], id: "third", to: [1]),
            ]
            #expect(try await fixture.queue.route(events, as: "a") == [.routed, .mismatch, .routed])
            let letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(letter.channel == nil)
            #expect(letter.event?.rawValue == "same")
            #expect(!letter.reason.isEmpty)
            #expect(try await fixture.claim().deliveries.count == 2)
            #expect(try await fixture.queue.counts().held == 2)
        },
        Self("a delivery that an attempt has ended already is a dead letter at once, with its reason") { fixture in
            try await fixture.enqueue("r1")
            let held = try #require(try await fixture.claim().events.first)
            let event = RoutedEvent(
                token: held.token,
                id: try EventQueueFixture.id("r1"),
                body: held.body,
                hash: "h",
                isOwnID: false,
                deliveries: [
                    .init(
                        channel: ChannelID(rawValue: 1),
                        order: nil,
                        deadline: .zero,
                        attempts: 1,
                        buried: "Refused: status 400"
                    )
                ]
            )
            #expect(try await fixture.queue.route([event], as: "a") == [.routed])
            #expect(try await fixture.claim().deliveries.isEmpty)
            #expect(try await fixture.queue.event(EventQueueFixture.id("r1"))?.state == .ended)
            let letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(letter.reason == "Refused: status 400" && letter.attempts == 1 && letter.channel?.rawValue == 1)
            #expect(try await fixture.replay(letter.id) == [.replayed])
            #expect(try await fixture.nextDelivery().attempts == 0)
        },
        Self("attempts made before the routing are kept") { fixture in
            try await fixture.enqueue("r1")
            let held = try #require(try await fixture.claim().events.first)
            let event = RoutedEvent(
                token: held.token,
                id: try EventQueueFixture.id("r1"),
                body: held.body,
                hash: "h",
                isOwnID: false,
                deliveries: [
                    .init(channel: ChannelID(rawValue: 1), order: nil, deadline: .seconds(60), attempts: 1)
                ]
            )
            #expect(try await fixture.queue.route([event], as: "a") == [.routed])
            #expect(try await fixture.nextDelivery().attempts == 1)
        },
    ]
}
