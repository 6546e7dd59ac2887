internal import Monitoring
internal import Notifications
internal import Testing

extension EventQueueConformance {
    /// How dead letters are found again and put back.
    static let replaying: [Self] = [
        Self("dead letters are read oldest first, from where a page ended, and of a span of time") { fixture in
            var times: [Timestamp] = []
            for index in 0..<4 {
                try await fixture.bury("r\(index)", at: 1)
                let letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
                times.append(letter.at)
                try await fixture.pass(fixture.lease / 20)
            }
            let first = try await fixture.queue.deadLetters(DeadLetterQuery(limit: 3, isOldestFirst: true))
            #expect(first.items.map(\.reason) == ["r0", "r1", "r2"])
            let rest = try await fixture.queue.deadLetters(
                DeadLetterQuery(after: first.next, limit: 3, isOldestFirst: true)
            )
            #expect(rest.items.map(\.reason) == ["r3"])
            #expect(rest.next == nil)
            let span = DeadLetterQuery(since: times[1], until: times[3])
            #expect(try await fixture.queue.deadLetters(span).items.map(\.reason) == ["r2", "r1"])
        },
        Self("many that are put back to one channel fall due one after the other, and to others apart") { fixture in
            for index in 0..<4 { try await fixture.bury("r\(index)", at: index < 3 ? 1 : 2) }
            let letters = try await fixture.queue.deadLetters(DeadLetterQuery(isOldestFirst: true)).items.map(\.id)
            let request = ReplayRequest(
                items: letters.map { ReplayRequest.Item(letter: $0, deadline: .seconds(100)) },
                spacing: fixture.lease
            )
            #expect(try await fixture.queue.replay(request) == [.replayed, .replayed, .replayed, .replayed])
            let claim = try await fixture.claim()
            #expect(Set(claim.deliveries.map(\.event.rawValue)) == ["r0", "r3"])
            var dues: [Timestamp] = []
            for id in ["r1", "r2"] {
                let event = try #require(try await fixture.queue.event(EventQueueFixture.id(id)))
                dues.append(try #require(event.deliveries.first?.due))
            }
            #expect(dues[0] > claim.now)
            #expect(dues[1] - dues[0] == fixture.lease)
            // So they do when another request puts more back.
            try await fixture.bury("r4", at: 1)
            let letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(try await fixture.replay(letter.id) == [.replayed])
            let last = try #require(try await fixture.queue.event(EventQueueFixture.id("r4")))
            #expect(last.deliveries.first?.due.map { $0 - dues[1] } == fixture.lease)
        },
        // PITFALLS 20
        Self("an alert and its recovery that are put back in the wrong order go out in the right one") { fixture in
            try await fixture.route("down", to: [1], order: "o")
            try await fixture.route("up", to: [1], order: "o")
            for _ in 0..<2 { try await fixture.end(try await fixture.nextDelivery(), .dead(reason: "x")) }
            let newestFirst = try await fixture.queue.deadLetters(DeadLetterQuery()).items.map(\.id)
            #expect(try await fixture.replay(newestFirst[0], newestFirst[1]) == [.replayed, .replayed])
            let claim = try await fixture.claim()
            #expect(claim.deliveries.map(\.event.rawValue) == ["down"])
            #expect(claim.deliveries.first?.successor?.event.rawValue == "up")
        },
        Self("what is to follow a delivery follows it, unless something does already") { fixture in
            let sequel = EnqueueRequest.Element(
                id: try EventQueueFixture.id("sequel"),
                body: EventQueueFixture.body("sequel"),
                ownHash: "h"
            )
            func replay(_ letters: [String]) async throws -> [ReplayOutcome] {
                let items = letters.map { ReplayRequest.Item(letter: $0, deadline: .seconds(100), sequel: sequel) }
                return try await fixture.queue.replay(ReplayRequest(items: items, spacing: .zero))
            }
            try await fixture.bury("down", at: 1, order: "o")
            var letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(try await replay([letter.id]) == [.replayed])
            var delivery = try await fixture.nextDelivery()
            #expect(delivery.event.rawValue == "down")
            #expect(delivery.successor == .init(event: sequel.id, body: sequel.body))
            #expect(try await fixture.claim().deliveries.isEmpty)
            try await fixture.end(delivery, .sent(withSuccessor: nil))
            delivery = try await fixture.nextDelivery()
            #expect(delivery.event.rawValue == "sequel")
            #expect(delivery.order == "o")
            try await fixture.end(delivery, .sent(withSuccessor: nil))
            #expect(try await fixture.queue.event(sequel.id)?.state == .ended)

            // The recovery itself is there.
            try await fixture.bury("down2", at: 1, order: "o")
            try await fixture.route("up2", to: [1], order: "o")
            letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(try await replay([letter.id]) == [.replayed])
            delivery = try await fixture.nextDelivery()
            #expect(delivery.event.rawValue == "down2")
            #expect(delivery.successor?.event.rawValue == "up2")
            try await fixture.end(delivery, .sent(withSuccessor: delivery.successor?.event))
            #expect(try await fixture.claim().deliveries.isEmpty)
            let counts = try await fixture.queue.counts()
            #expect(counts.scheduled == 0 && counts.dead == 0)
        },
    ]
}

extension EventQueueFixture {
    /// Makes a dead letter of a delivery, with the event's name for a reason.
    fileprivate func bury(_ id: String, at channel: Int64, order: String? = nil) async throws {
        try await route(id, to: [channel], order: order)
        // Taken by its name, since others may be due as well.
        let claim = try await claim("undertaker", events: 0)
        for held in claim.deliveries {
            try await end(held, held.event.rawValue == id ? .dead(reason: id) : .released, as: "undertaker")
        }
    }
}
