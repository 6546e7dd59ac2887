internal import Monitoring
internal import Notifications
internal import Testing

extension EventQueueConformance {
    static let leasing: [Self] = [
        // PITFALLS 10
        Self("what a dead worker held is given to another, whatever it was") { fixture in
            try await fixture.route("r1", to: [1])
            try await fixture.enqueue("e1", "e2")
            _ = try await fixture.claim("dead", lease: fixture.lease)
            #expect(try await fixture.claim("b").events.isEmpty)
            #expect(try await fixture.queue.sweep() == 0)
            try await fixture.sweep(3)
            let claim = try await fixture.claim("b")
            #expect(claim.events.map(\.body) == ["e1", "e2"].map(EventQueueFixture.body))
            #expect(claim.deliveries.map(\.event.rawValue) == ["r1"])
        },
        // PITFALLS 12
        Self("a thing that kills every worker that takes it is known by its crashes") { fixture in
            try await fixture.route("r1", to: [1])
            try await fixture.enqueue("e1")
            for crash in 0..<3 {
                let claim = try await fixture.claim("w\(crash)", lease: fixture.lease)
                #expect(claim.events.map(\.crashes) == [crash])
                #expect(claim.deliveries.map(\.crashes) == [crash])
                try await fixture.sweep(2)
            }
        },
        // PITFALLS 13
        Self("a crash uses up no attempt, and an outcome resets the crashes") { fixture in
            try await fixture.route("r1", to: [1])
            _ = try await fixture.claim("dead", lease: fixture.lease)
            try await fixture.sweep(1)
            let crashed = try await fixture.nextDelivery()
            #expect(crashed.attempts == 0)
            #expect(crashed.crashes == 1)
            try await fixture.end(crashed, .retry(delay: .zero, countsAttempt: true))
            let retried = try await fixture.nextDelivery()
            #expect(retried.attempts == 1)
            #expect(retried.crashes == 0)
        },
        Self("a worker that lost its lease changes nothing") { fixture in
            try await fixture.route("r1", to: [1])
            try await fixture.enqueue("e1")
            let lost = try await fixture.claim("a", lease: fixture.lease)
            try await fixture.sweep(2)
            #expect(try await fixture.queue.beat("a", lease: .seconds(60)) == false)
            let taken = try await fixture.claim("b")
            #expect(taken.events.count == 1 && taken.deliveries.count == 1)

            let event = try fixture.routed(lost.events[0], id: "e1", to: [1])
            #expect(try await fixture.queue.route([event], as: "a") == [.stale])
            #expect(try await fixture.end(lost.events[0], id: "e1", .dead(reason: "x")) == false)
            for end: Completion.DeliveryEnd in [
                .sent(withSuccessor: nil), .retry(delay: .zero, countsAttempt: true), .dead(reason: "x"), .released,
            ] {
                #expect(try await fixture.end(lost.deliveries[0], end) == false)
            }
            // Not even with a new lease.
            _ = try await fixture.claim("a")
            #expect(try await fixture.end(lost.deliveries[0], .sent(withSuccessor: nil)) == false)
            #expect(try await fixture.queue.counts().dead == 0)
            #expect(try await fixture.end(taken.deliveries[0], .sent(withSuccessor: nil), as: "b"))
        },
        Self("a beat keeps all that a worker holds, and so does a claim") { fixture in
            try await fixture.enqueue("e1")
            _ = try await fixture.claim("a", lease: fixture.lease)
            for round in 0..<6 {
                try await fixture.pass(fixture.lease / 4)
                if round.isMultiple(of: 2) {
                    #expect(try await fixture.queue.beat("a", lease: fixture.lease))
                } else {
                    _ = try await fixture.claim("a", lease: fixture.lease)
                }
                #expect(try await fixture.queue.sweep() == 0)
            }
            #expect(try await fixture.queue.counts().held == 1)
        },
        Self("a worker that leaves gives back what it held, with no crash counted") { fixture in
            try await fixture.route("r1", to: [1])
            try await fixture.enqueue("e1")
            _ = try await fixture.claim("a")
            #expect(try await fixture.queue.counts().workers == 2)
            try await fixture.queue.leave("a")
            #expect(try await fixture.queue.counts().workers == 1)
            #expect(try await fixture.queue.beat("a", lease: .seconds(60)) == false)
            let claim = try await fixture.claim("b")
            #expect(claim.events.map(\.crashes) == [0])
            #expect(claim.deliveries.map(\.crashes) == [0])
        },
        Self("the head of an order keeps its place when its worker dies") { fixture in
            try await fixture.route("down", to: [1], order: "o")
            try await fixture.route("up", to: [1], order: "o")
            _ = try await fixture.claim("dead", lease: fixture.lease)
            try await fixture.sweep(1)
            #expect(try await fixture.claim().deliveries.map(\.event.rawValue) == ["down"])
        },
    ]

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
            #expect(try await fixture.queue.replay([letter.id, "unknown"], deadline: .seconds(100)) == 1)
            #expect(try await fixture.queue.replay([letter.id], deadline: .seconds(100)) == 0)
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
            #expect(try await fixture.queue.replay([letter.id], deadline: .seconds(100)) == 1)
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
            #expect(try await fixture.queue.replay([letter.id], deadline: .seconds(100)) == 1)
            #expect(try await fixture.claim().deliveries.isEmpty)
            try await fixture.end(up, .retry(delay: .zero, countsAttempt: true))
            #expect(try await fixture.claim().deliveries.map(\.event.rawValue) == ["down"])
        },
        Self("a replayed event is queued again, and can be routed") { fixture in
            try await fixture.enqueue("e1")
            let held = try #require(try await fixture.claim().events.first)
            try await fixture.end(held, id: "e1", .dead(reason: "crashed too often"))
            let letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(try await fixture.queue.replay([letter.id], deadline: .seconds(100)) == 1)
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
