internal import Monitoring
internal import Notifications
internal import Testing

extension EventQueueConformance {
    static let burying: [Self] = [
        Self("dead letters are listed newest first, in pages, and of one channel") { fixture in
            for index in 0..<5 {
                try await fixture.route("r\(index)", to: [Int64(index % 2 + 1)])
                try await fixture.end(try await fixture.nextDelivery(), .dead(reason: "r\(index)"))
            }
            let first = try await fixture.queue.deadLetters(DeadLetterQuery(limit: 2))
            #expect(first.items.map(\.reason) == ["r4", "r3"])
            let second = try await fixture.queue.deadLetters(DeadLetterQuery(before: first.next, limit: 2))
            #expect(second.items.map(\.reason) == ["r2", "r1"])
            let third = try await fixture.queue.deadLetters(DeadLetterQuery(before: second.next, limit: 2))
            #expect(third.items.map(\.reason) == ["r0"])
            #expect(third.next == nil)
            let channel = try await fixture.queue.deadLetters(DeadLetterQuery(channel: ChannelID(rawValue: 2)))
            #expect(channel.items.map(\.reason) == ["r3", "r1"])
            let ids = (first.items + second.items + third.items).map(\.id)
            #expect(ids == ids.sorted(by: >))
        },
        Self("a replayed delivery is due at once, with its attempts and deadline anew") { fixture in
            try await fixture.route("r1", to: [1, 2])
            for delivery in try await fixture.claim().deliveries {
                try await fixture.end(
                    delivery,
                    delivery.channel.rawValue == 1 ? .dead(reason: "x") : .sent(withSuccessor: nil)
                )
            }
            let letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(try await fixture.replay(letter.id, "unknown") == [.replayed, .gone])
            #expect(try await fixture.replay(letter.id) == [.gone])
            #expect(try await fixture.queue.event(EventQueueFixture.id("r1"))?.state == .routed)
            let claim = try await fixture.claim()
            let delivery = try #require(claim.deliveries.first)
            #expect(claim.deliveries.count == 1)
            #expect(delivery.channel.rawValue == 1)
            #expect(delivery.attempts == 0 && delivery.crashes == 0)
            #expect(delivery.body == EventQueueFixture.body("r1"))
            #expect(delivery.deadline <= claim.now + .seconds(100))
            try await fixture.end(delivery, .sent(withSuccessor: nil))
            #expect(try await fixture.queue.event(EventQueueFixture.id("r1"))?.state == .ended)
            let counts = try await fixture.queue.counts()
            #expect(counts.dead == 0 && counts.discarded == 0 && counts.scheduled == 0)
        },
        Self("a replayed delivery takes its old place in its order") { fixture in
            try await fixture.route("down", to: [1], order: "o")
            try await fixture.route("up", to: [1], order: "o")
            try await fixture.end(try await fixture.nextDelivery(), .dead(reason: "x"))
            let letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(try await fixture.replay(letter.id) == [.replayed])
            let delivery = try await fixture.nextDelivery()
            #expect(delivery.event.rawValue == "down")
            #expect(delivery.successor?.event.rawValue == "up")
            #expect(try await fixture.claim().deliveries.isEmpty)
            try await fixture.end(delivery, .sent(withSuccessor: nil))
            #expect(try await fixture.nextDelivery().event.rawValue == "up")
        },
        Self("a delivery replayed before one that is held waits for its end") { fixture in
            try await fixture.route("down", to: [1], order: "o")
            try await fixture.route("up", to: [1], order: "o")
            try await fixture.end(try await fixture.nextDelivery(), .dead(reason: "x"))
            let up = try await fixture.nextDelivery()
            #expect(up.event.rawValue == "up")
            let letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(try await fixture.replay(letter.id) == [.replayed])
            #expect(try await fixture.claim().deliveries.isEmpty)
            try await fixture.end(up, .retry(delay: .zero, countsAttempt: true))
            #expect(try await fixture.claim().deliveries.map(\.event.rawValue) == ["down"])
        },
        Self("what is buried with its channel dies in the order of its site, behind what a worker holds") { fixture in
            // PITFALLS 20: letters go back in the order of their deaths.
            for id in ["down", "up", "down2"] { try await fixture.route(id, to: [1], order: "o") }
            try await fixture.route("other", to: [1])
            let channel = ChannelID(rawValue: 1)
            func bury() async throws -> Int {
                try await fixture.queue.bury(.all, of: channel, because: "gone", limit: 10)
            }
            let held = try await fixture.claim(deliveries: 1).deliveries
            #expect(held.map(\.event.rawValue) == ["down"])
            #expect(try await bury() == 1)
            try await fixture.end(held[0], .dead(reason: "gone"))
            #expect(try await bury() == 2)
            let letters = try await fixture.queue.deadLetters(DeadLetterQuery(isOldestFirst: true)).items
            #expect(letters.compactMap(\.event?.rawValue) == ["other", "down", "up", "down2"])
        },
        Self("a replayed event is queued again, and can be routed") { fixture in
            try await fixture.enqueue("e1")
            let held = try #require(try await fixture.claim().events.first)
            try await fixture.end(held, id: "e1", .dead(reason: "crashed too often"))
            let letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(try await fixture.replay(letter.id) == [.replayed])
            #expect(try await fixture.queue.event(EventQueueFixture.id("e1"))?.state == .queued)
            let again = try #require(try await fixture.claim().events.first)
            #expect(again.body == EventQueueFixture.body("e1"))
            #expect(again.crashes == 0)
            let event = try fixture.routed(again, id: "e1", to: [1])
            #expect(try await fixture.queue.route([event], as: "a") == [.routed])
        },
        Self("discarded dead letters are gone, and counted") { fixture in
            try await fixture.enqueue("e1", "e2")
            for held in try await fixture.claim().events { try await fixture.end(held, id: nil, .dead(reason: "x")) }
            let letters = try await fixture.queue.deadLetters(DeadLetterQuery()).items
            #expect(try await fixture.queue.discard([letters[0].id, "unknown"]) == 1)
            #expect(try await fixture.queue.deadLetter(letters[0].id) == nil)
            let counts = try await fixture.queue.counts()
            #expect(counts.dead == 1 && counts.discarded == 1)
        },
        Self("dead letters beyond their bound are discarded, the oldest first", bounds: QueueBounds(maxDeadLetters: 2))
        {
            fixture in
            for index in 0..<4 {
                try await fixture.enqueue("e\(index)")
                let held = try #require(try await fixture.claim().events.first)
                try await fixture.end(held, id: nil, .dead(reason: "r\(index)"))
            }
            let letters = try await fixture.queue.deadLetters(DeadLetterQuery()).items
            #expect(letters.map(\.reason) == ["r3", "r2"])
            let counts = try await fixture.queue.counts()
            #expect(counts.dead == 2 && counts.discarded == 2)
        },
        Self(
            "dead letters beyond their age are discarded and counted when the queue is tidied",
            bounds: QueueBounds(deadLetterLifetime: .milliseconds(400))
        ) { fixture in
            try await fixture.enqueue("e1")
            let held = try #require(try await fixture.claim().events.first)
            try await fixture.end(held, id: nil, .dead(reason: "x"))
            try await fixture.pass(.milliseconds(500))
            try await fixture.queue.tidy()
            let counts = try await fixture.queue.counts()
            #expect(counts.dead == 0 && counts.discarded == 1)
        },
    ]
}
