internal import Monitoring
internal import Notifications
internal import Testing

extension EventQueueConformance {
    static let completing: [Self] = [
        Self("an event whose one channel had it at the first try is done in one step") { fixture in
            try await fixture.enqueue("e1")
            let held = try #require(try await fixture.claim().events.first)
            #expect(try await fixture.end(held, id: "e1", .sent(ChannelID(rawValue: 7))))
            let event = try #require(try await fixture.queue.event(EventQueueFixture.id("e1")))
            #expect(event.state == .ended)
            #expect(
                event.deliveries == [.init(channel: ChannelID(rawValue: 7), state: .sent, attempts: 1, due: nil)]
            )
            let counts = try await fixture.queue.counts()
            #expect(counts.waiting == 0 && counts.held == 0 && counts.scheduled == 0 && counts.dead == 0)
            #expect(try await fixture.end(held, id: "e1", .sent(ChannelID(rawValue: 7))) == false)
        },
        Self("what has ended ends with the next claim, before it takes") { fixture in
            try await fixture.route("r1", to: [1])
            try await fixture.enqueue("e1")
            let first = try await fixture.claim()
            let (event, delivery) = (try #require(first.events.first), try #require(first.deliveries.first))
            let id = try EventQueueFixture.id("e1")
            let completions: [Completion] = [
                .event(token: event.token, id: id, hash: nil, end: .sent(ChannelID(rawValue: 7))),
                .delivery(
                    token: delivery.token,
                    event: delivery.event,
                    channel: delivery.channel,
                    end: .retry(delay: .zero, countsAttempt: true)
                ),
                .event(token: "none", id: nil, hash: nil, end: .released),
            ]
            let second = try await fixture.claim(completions: completions)
            #expect(second.completed == [true, true, false])
            #expect(second.deliveries.map(\.attempts) == [1])
            #expect(try await fixture.queue.event(id)?.state == .ended)
            // An end that is told again changes nothing, and the claim is made all the same.
            let third = try await fixture.claim(completions: completions)
            #expect(third.completed == [false, false, false])
        },
        Self("what is not an event becomes a dead letter with the reason, and stops nothing") { fixture in
            try await fixture.enqueue("e1", "e2")
            let held = try await fixture.claim().events
            #expect(try await fixture.end(held[0], id: nil, .dead(reason: "It is no JSON.")))
            #expect(try await fixture.end(held[1], id: "e2", .sent(ChannelID(rawValue: 1))))
            let letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(letter.event == nil && letter.channel == nil && letter.attempts == 0)
            #expect(letter.reason == "It is no JSON.")
            #expect(letter.body == EventQueueFixture.body("e1"))
            #expect(try await fixture.queue.deadLetter(letter.id) == letter)
        },
        Self("a retry comes back when it is due, with its attempt counted") { fixture in
            try await fixture.route("r1", to: [1])
            let first = try await fixture.nextDelivery()
            #expect(try await fixture.end(first, .retry(delay: fixture.lease, countsAttempt: true)))
            let early = try await fixture.claim()
            #expect(early.deliveries.isEmpty)
            #expect(early.nextDue.map { $0 > early.now } == true)
            let second = try await fixture.nextDelivery()
            #expect(second.attempts == 1)
            #expect(second.deadline == first.deadline)
            #expect(try await fixture.end(second, .retry(delay: .zero, countsAttempt: false)))
            #expect(try await fixture.nextDelivery().attempts == 1)
        },
        Self("a delivery that fails is retried alone: the channel that had the event doesn't get it again") { fixture in
            try await fixture.route("r1", to: [1, 2])
            let held = try await fixture.claim().deliveries
            for delivery in held {
                let isHealthy = delivery.channel.rawValue == 1
                try await fixture.end(
                    delivery,
                    isHealthy ? .sent(withSuccessor: nil) : .retry(delay: .zero, countsAttempt: true)
                )
            }
            let id = try EventQueueFixture.id("r1")
            #expect(try await fixture.queue.event(id)?.state == .routed)
            let again = try await fixture.claim().deliveries
            #expect(again.map(\.channel.rawValue) == [2])
            try await fixture.end(again[0], .sent(withSuccessor: nil))
            let event = try #require(try await fixture.queue.event(id))
            #expect(event.state == .ended)
            #expect(event.deliveries.map(\.state) == [.sent, .sent])
            #expect(event.deliveries.map(\.attempts) == [1, 2])
        },
        Self("a delivery that dies is a dead letter, and its event ends with the last one") { fixture in
            try await fixture.route("r1", to: [1, 2])
            let held = try await fixture.claim().deliveries.sorted { $0.channel < $1.channel }
            #expect(try await fixture.end(held[0], .dead(reason: "404 Not Found")))
            #expect(try await fixture.end(held[1], .dead(reason: "too late", countsAttempt: false)))
            let event = try #require(try await fixture.queue.event(EventQueueFixture.id("r1")))
            #expect(event.state == .ended)
            #expect(event.deliveries.map(\.state) == [.dead, .dead])
            let letters = try await fixture.queue.deadLetters(DeadLetterQuery()).items
            #expect(letters.map(\.reason) == ["too late", "404 Not Found"])
            #expect(letters.map(\.attempts) == [0, 1])
            #expect(letters.map(\.channel?.rawValue) == [2, 1])
            #expect(letters.allSatisfy { $0.body == EventQueueFixture.body("r1") })
        },
        Self("what is given back unworked is given out again, in its order and with no crash") { fixture in
            try await fixture.route("r1", to: [1])
            try await fixture.enqueue("e1", "e2", "e3")
            let claim = try await fixture.claim(events: 2)
            for held in claim.events { try await fixture.end(held, id: nil, .released) }
            for held in claim.deliveries { try await fixture.end(held, .released) }
            let again = try await fixture.claim()
            #expect(again.events.map(\.body) == ["e1", "e2", "e3"].map(EventQueueFixture.body))
            #expect(again.events.allSatisfy { $0.crashes == 0 })
            #expect(again.deliveries.map(\.crashes) == [0])
            #expect(again.deliveries.map(\.attempts) == [0])
        },
        Self("a completion needs the right token, worker, event and channel") { fixture in
            try await fixture.route("r1", to: [1])
            let delivery = try await fixture.nextDelivery()
            let sent = Completion.DeliveryEnd.sent(withSuccessor: nil)
            let (token, event, channel) = (delivery.token, delivery.event, delivery.channel)
            let wrong: [Completion] = [
                .delivery(token: "0", event: event, channel: channel, end: sent),
                .delivery(token: "x", event: event, channel: channel, end: sent),
                .delivery(token: token, event: try EventQueueFixture.id("r2"), channel: channel, end: sent),
                .delivery(token: token, event: event, channel: ChannelID(rawValue: 2), end: sent),
                .event(token: token, id: event, hash: nil, end: .unrouted),
            ]
            #expect(try await fixture.queue.complete(wrong, as: "a") == [false, false, false, false, false])
            #expect(try await fixture.end(delivery, sent, as: "b") == false)
            #expect(try await fixture.queue.counts().held == 1)
            #expect(try await fixture.end(delivery, sent))
        },
    ]

    static let ordering: [Self] = [
        // PITFALLS 20
        Self("a recovery never overtakes its alert, however often the alert is retried") { fixture in
            try await fixture.route("down", to: [1], order: "site-1")
            try await fixture.route("up", to: [1], order: "site-1")
            try await fixture.route("other", to: [1], order: "site-2")
            var claim = try await fixture.claim()
            #expect(claim.deliveries.map(\.event.rawValue) == ["down", "other"])
            #expect(claim.deliveries.map(\.order) == ["site-1", "site-2"])
            for _ in 0..<3 {
                try await fixture.end(claim.deliveries[0], .retry(delay: .zero, countsAttempt: true))
                claim = try await fixture.claim()
                #expect(claim.deliveries.map(\.event.rawValue) == ["down"])
                #expect(claim.deliveries[0].successor?.event.rawValue == "up")
                #expect(claim.deliveries[0].successor?.body == EventQueueFixture.body("up"))
            }
            try await fixture.end(claim.deliveries[0], .sent(withSuccessor: nil))
            claim = try await fixture.claim()
            #expect(claim.deliveries.map(\.event.rawValue) == ["up"])
            #expect(claim.deliveries[0].successor == nil)
        },
        Self("the next of an order comes when the first is buried") { fixture in
            try await fixture.route("down", to: [1], order: "o")
            try await fixture.route("up", to: [1], order: "o")
            try await fixture.end(try await fixture.nextDelivery(), .dead(reason: "gone"))
            #expect(try await fixture.nextDelivery().event.rawValue == "up")
        },
        Self("orders are of one channel each") { fixture in
            try await fixture.route("down", to: [1, 2], order: "o")
            try await fixture.route("up", to: [1, 2], order: "o")
            let held = try await fixture.claim().deliveries
            #expect(held.map(\.event.rawValue) == ["down", "down"])
            let first = try #require(held.first { $0.channel.rawValue == 1 })
            try await fixture.end(first, .sent(withSuccessor: nil))
            let next = try await fixture.claim().deliveries
            #expect(next.map(\.event.rawValue) == ["up"])
            #expect(next.map(\.channel.rawValue) == [1])
        },
        Self("a message that told both ends the successor too") { fixture in
            try await fixture.route("down", to: [1], order: "o")
            try await fixture.route("up", to: [1], order: "o")
            try await fixture.route("down2", to: [1], order: "o")
            let delivery = try await fixture.nextDelivery()
            let successor = try #require(delivery.successor).event
            #expect(try await fixture.end(delivery, .sent(withSuccessor: successor)))
            for id in ["down", "up"] {
                #expect(try await fixture.queue.event(EventQueueFixture.id(id))?.state == .ended)
            }
            #expect(try await fixture.nextDelivery().event.rawValue == "down2")
            #expect(try await fixture.queue.counts().scheduled == 0)
        },
        Self("a successor that is not the next of the order is not ended") { fixture in
            for id in ["down", "up", "down2"] { try await fixture.route(id, to: [1], order: "o") }
            let delivery = try await fixture.nextDelivery()
            #expect(try await fixture.end(delivery, .sent(withSuccessor: EventQueueFixture.id("down2"))))
            #expect(try await fixture.nextDelivery().event.rawValue == "up")
        },
    ]
}
