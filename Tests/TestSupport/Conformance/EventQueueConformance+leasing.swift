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
}
