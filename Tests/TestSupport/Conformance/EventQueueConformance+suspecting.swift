internal import Monitoring
internal import Notifications
internal import Testing

extension EventQueueConformance {
    /// Who is to blame for a crash, and what a dead worker leaves behind.
    static let suspecting: [Self] = [
        // PITFALLS 12
        Self("crashes with others in hand make suspects and no more; only crashes alone count on") { fixture in
            try await fixture.route("d1", to: [1])
            try await fixture.enqueue("e1")
            for _ in 0..<5 {
                _ = try await fixture.claim("dead", lease: fixture.lease / 4)
                try await fixture.sweep(2)
            }
            let together = try await fixture.claim("dead", lease: fixture.lease / 4)
            #expect(together.events.map(\.crashes) == [2])
            #expect(together.deliveries.map(\.crashes) == [2])
            let delivery = try #require(together.deliveries.first)
            #expect(try await fixture.end(delivery, .sent(withSuccessor: nil), as: "dead"))
            for crashes in [3, 4] {
                try await fixture.sweep(1)
                let alone = try await fixture.claim("dead", lease: fixture.lease / 4)
                #expect(alone.events.map(\.crashes) == [crashes])
            }
        },
        Self("a delivery that crashes its worker alone counts on, and one that is given back does not") { fixture in
            try await fixture.route("d1", to: [1])
            for crashes in 0..<4 {
                let delivery = try #require(
                    try await fixture.claim("dead", lease: fixture.lease / 4).deliveries.first
                )
                #expect(delivery.crashes == crashes)
                #expect(delivery.attempts == 0)
                try await fixture.sweep(1)
            }
            let delivery = try await fixture.nextDelivery()
            #expect(delivery.crashes == 4)
            try await fixture.end(delivery, .released)
            #expect(try await fixture.nextDelivery().crashes == 4)
        },
        // PITFALLS 7
        Self("hundreds of boots leave nothing behind, idle or not") { fixture in
            for boot in 0..<200 {
                if boot.isMultiple(of: 10) { try await fixture.enqueue("e\(boot)") }
                _ = try await fixture.claim("boot-\(boot)", lease: fixture.lease / 10)
            }
            #expect(try await fixture.queue.counts().held > 0)
            try await fixture.pass(fixture.lease)
            for _ in 0..<20 { _ = try await fixture.queue.sweep() }
            let counts = try await fixture.queue.counts()
            #expect(counts.workers == 0 && counts.held == 0)
            #expect(counts.waiting == 20)
        },
    ]
}
