internal import Monitoring
internal import Notifications
internal import Testing

extension EventQueueConformance {
    /// What waits for a channel: how much may, and what becomes of it when the channel is gone.
    static let bounding: [Self] = [
        Self(
            "deliveries beyond a channel's backlog are dead letters with the reason",
            bounds: QueueBounds(maxBacklog: 2)
        ) {
            fixture in
            for index in 0..<3 { try await fixture.route("r\(index)", to: [1, 2], order: index > 0 ? "o" : nil) }
            let letters = try await fixture.queue.deadLetters(DeadLetterQuery()).items
            #expect(letters.map(\.event?.rawValue) == ["r2", "r2"])
            #expect(Set(letters.map(\.channel?.rawValue)) == [1, 2])
            #expect(letters.allSatisfy { $0.reason.contains("queue.maxBacklog") && $0.attempts == 0 })
            #expect(try await fixture.queue.event(EventQueueFixture.id("r2"))?.state == .ended)
            #expect(try await fixture.queue.backlogs() == [ChannelID(rawValue: 1): 2, ChannelID(rawValue: 2): 2])

            // What is ended makes room, for the dead as well.
            #expect(try await fixture.replay(letters[0].id) == [.full])
            let claim = try await fixture.claim()
            for held in claim.deliveries { try await fixture.end(held, .sent(withSuccessor: nil)) }
            #expect(try await fixture.replay(letters[0].id, letters[1].id) == [.replayed, .replayed])
            #expect(try await fixture.queue.counts().dead == 0)
        },
        Self("an event that is put back finds the queue's bound", bounds: QueueBounds(maxLength: 1)) { fixture in
            try await fixture.enqueue("e1")
            let held = try #require(try await fixture.claim().events.first)
            try await fixture.end(held, id: nil, .dead(reason: "x"))
            try await fixture.enqueue("e2")
            let letter = try #require(try await fixture.queue.deadLetters(DeadLetterQuery()).items.first)
            #expect(try await fixture.replay(letter.id) == [.full])
            _ = try await fixture.claim()
            #expect(try await fixture.replay(letter.id) == [.replayed])
        },
        Self("all that waits for a channel can be buried, its orders whole, and what is held is left alone") {
            fixture in
            try await fixture.route("held", to: [1])
            let held = try await fixture.nextDelivery()
            try await fixture.route("down", to: [1], order: "o")
            try await fixture.route("up", to: [1], order: "o")
            try await fixture.route("later", to: [1, 2], delay: .seconds(1_000))
            let channel = ChannelID(rawValue: 1)
            #expect(try await fixture.queue.bury(.all, of: channel, because: "It was deleted.", limit: 2) == 2)
            #expect(try await fixture.queue.bury(.all, of: channel, because: "It was deleted.", limit: 2) == 1)
            #expect(try await fixture.queue.bury(.all, of: channel, because: "It was deleted.", limit: 2) == 0)
            let letters = try await fixture.queue.deadLetters(DeadLetterQuery(isOldestFirst: true)).items
            #expect(Set(letters.map(\.event?.rawValue)) == ["down", "up", "later"])
            #expect(letters.allSatisfy { $0.reason == "It was deleted." && $0.channel == channel })
            let order = letters.compactMap(\.event?.rawValue).filter { $0 != "later" }
            #expect(order == ["down", "up"])
            #expect(try await fixture.queue.event(EventQueueFixture.id("later"))?.state == .routed)
            #expect(try await fixture.queue.event(EventQueueFixture.id("up"))?.state == .ended)
            #expect(try await fixture.queue.backlogs()[ChannelID(rawValue: 2)] == 1)
            #expect(try await fixture.end(held, .sent(withSuccessor: nil)))
            #expect(try await fixture.claim().deliveries.isEmpty)
            #expect(try await fixture.queue.counts().scheduled == 1)
        },
        Self("one answer holds a few large bodies at most, and one that is larger than all alone") { fixture in
            func body(_ id: String, _ size: Int) -> [UInt8] {
                EventQueueFixture.body(id) + [UInt8](repeating: 0x20, count: size)
            }
            let sizes = [5_000_000, 1_500_000, 1_500_000, 1_500_000, 1_500_000, 1_500_000, 1_500_000, 10]
            for (index, size) in sizes.enumerated() {
                let id = "e\(index)"
                let element = EnqueueRequest.Element(
                    id: try EventQueueFixture.id(id),
                    body: body(id, size),
                    ownHash: nil
                )
                _ = try await fixture.queue.enqueue(EnqueueRequest(key: nil, elements: [element]))
            }
            var held: [HeldEvent] = []
            var answers = 0
            while held.count < sizes.count {
                let claim = try await fixture.claim(deliveries: 0)
                try #require(!claim.events.isEmpty)
                #expect(claim.events.map(\.body.count).reduce(0, +) < 12_000_000)
                held += claim.events
                #expect(claim.depth == sizes.count - held.count)
                answers += 1
            }
            #expect(answers > 1)
            #expect(held.map(\.body.count) == sizes.enumerated().map { body("e\($0)", $1).count })

            for (index, held) in held.enumerated() {
                let event = RoutedEvent(
                    token: held.token,
                    id: try EventQueueFixture.id("e\(index)"),
                    body: held.body,
                    hash: "h",
                    isOwnID: false,
                    deliveries: [
                        .init(channel: ChannelID(rawValue: Int64(index % 2 + 1)), order: nil, deadline: .seconds(600))
                    ]
                )
                #expect(try await fixture.queue.route([event], as: "a") == [.routed])
            }
            var ended = 0
            while ended < sizes.count {
                let deliveries = try await fixture.claim(events: 0).deliveries
                try #require(!deliveries.isEmpty)
                let bytes = deliveries.map(\.body.count)
                #expect(bytes.dropLast().reduce(0, +) < StepBound.bytes, "\(bytes)")
                for delivery in deliveries { try await fixture.end(delivery, .dead(reason: "x")) }
                ended += deliveries.count
            }
            for isOldestFirst in [true, false] {
                var query = DeadLetterQuery(isOldestFirst: isOldestFirst)
                var letters: [DeadLetter] = []
                while true {
                    let page = try await fixture.queue.deadLetters(query)
                    let bytes = page.items.map(\.body.count)
                    #expect(bytes.dropLast().reduce(0, +) < StepBound.bytes, "\(bytes)")
                    letters += page.items
                    guard let next = page.next else { break }
                    if isOldestFirst { query.after = next } else { query.before = next }
                }
                #expect(Set(letters.map(\.id)).count == sizes.count)
            }
        },
        Self("what a channel holds past its deadline can be buried, and nothing else") { fixture in
            try await fixture.route("short", to: [1], delay: .seconds(1_000), deadline: fixture.lease / 10)
            try await fixture.route("long", to: [1])
            let channel = ChannelID(rawValue: 1)
            try await fixture.pass(fixture.lease)
            #expect(try await fixture.queue.bury(.overdue, of: channel, because: "late", limit: 10) == 1)
            #expect(try await fixture.queue.deadLetters(DeadLetterQuery()).items.map(\.event?.rawValue) == ["short"])
            #expect(try await fixture.nextDelivery().event.rawValue == "long")
        },
    ]
}
