internal import Monitoring
internal import Notifications
internal import Testing

extension EventQueueConformance {
    /// The clock's corrections.
    static let timing: [Self] = [
        Self("when the server's clock is put back, time goes on from where it was, as fast as before") { fixture in
            let before = try await fixture.claim().now
            try await fixture.step(.back)
            let after = try await fixture.claim().now
            #expect(after >= before)
            // What is to come in a while comes in that while, and not an hour later or at once.
            try await fixture.route("r1", to: [1], delay: fixture.lease)
            let early = try await fixture.claim()
            #expect(early.deliveries.isEmpty)
            #expect(early.now >= after)
            let delivery = try await fixture.nextDelivery()
            #expect(delivery.event.rawValue == "r1")
            let late = try await fixture.claim().now
            #expect(late - after >= fixture.lease)
            #expect(late - after < fixture.lease * 60)
        },
        Self("when the server's clock is put back, leases still run out, and none too soon") { fixture in
            _ = try await fixture.claim()
            try await fixture.step(.back)
            try await fixture.enqueue("e1")
            _ = try await fixture.claim("dead", lease: fixture.lease)
            #expect(try await fixture.queue.sweep() == 0)
            try await fixture.sweep(1)
        },
        Self("after a gap in time nothing is taken over for one lease, and then it is") { fixture in
            try await fixture.route("r1", to: [1])
            try await fixture.enqueue("e1")
            _ = try await fixture.claim("sleeper", lease: fixture.lease)
            // Its lease has run out meanwhile, and it is as well as before.
            try await fixture.step(.gap)
            #expect(try await fixture.queue.sweep() == 0)
            #expect(try await fixture.queue.beat("sleeper", lease: fixture.lease))
            #expect(try await fixture.queue.counts().held == 2)
            // Where it is not well, it loses what it holds after all.
            try await fixture.sweep(2)
        },
        Self("what falls due in a gap in time is due after it, once") { fixture in
            try await fixture.route("r1", to: [1], delay: fixture.lease / 10)
            try await fixture.step(.gap)
            try await fixture.pass(fixture.lease / 10)
            #expect(try await fixture.claim().deliveries.map(\.event.rawValue) == ["r1"])
            #expect(try await fixture.claim().deliveries.isEmpty)
        },
    ]
}
