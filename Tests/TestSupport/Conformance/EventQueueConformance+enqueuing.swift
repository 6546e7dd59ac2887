internal import Monitoring
internal import Notifications
internal import Testing

extension EventQueueConformance {
    static let enqueuing: [Self] = [
        Self("events come out in the order in which they went in, as they were") { fixture in
            try await fixture.enqueue("one", "two")
            try await fixture.enqueue("three")
            let first = try await fixture.claim(events: 2)
            #expect(first.events.map(\.body) == ["one", "two"].map(EventQueueFixture.body))
            #expect(first.depth == 1)
            #expect(first.events.allSatisfy { $0.crashes == 0 })
            let second = try await fixture.claim(events: 2)
            #expect(second.events.map(\.body) == [EventQueueFixture.body("three")])
            #expect(second.depth == 0)
        },
        Self("the counts tell when the event happened that waits first, where it says so") { fixture in
            #expect(try await fixture.queue.counts().oldest == nil)
            let time = Timestamp(milliseconds: 1_800_000_000_000)
            let bodies = [
                #"{"id":"old","type":"a","time":"\#(time.rfc3339)"}"#, #"{"id":"none","type":"a"}"#, "no event",
            ]
            let elements = try bodies.enumerated().map { index, body in
                EnqueueRequest.Element(id: try EventQueueFixture.id("t\(index)"), body: Array(body.utf8), ownHash: nil)
            }
            _ = try await fixture.queue.enqueue(EnqueueRequest(key: nil, elements: elements))
            #expect(try await fixture.queue.counts().oldest == time)
            for _ in elements {
                _ = try await fixture.claim(events: 1, deliveries: 0)
                #expect(try await fixture.queue.counts().oldest == nil)
            }
        },
        Self("a body is bytes: large, binary or no JSON at all, it is handed on unchanged") { fixture in
            let bodies: [[UInt8]] = [
                [0, 255, 10, 13, 0, 58, 124], Array("not json".utf8), [UInt8](repeating: 7, count: 300_000),
                Array(#"{"n":123456789012345678901234567890,"a":[]}"#.utf8),
            ]
            let elements = try bodies.enumerated().map { index, body in
                EnqueueRequest.Element(id: try EventQueueFixture.id("b\(index)"), body: body, ownHash: nil)
            }
            _ = try await fixture.queue.enqueue(EnqueueRequest(key: nil, elements: elements))
            let held = try await fixture.claim().events
            #expect(held.map(\.body) == bodies)
            try await fixture.end(held[0], id: nil, .dead(reason: "no event"))
            let letters = try await fixture.queue.deadLetters(DeadLetterQuery()).items
            #expect(letters.map(\.body) == [bodies[0]])
        },
        Self("an idempotency key gets its first answer again, and adds nothing") { fixture in
            let key = EnqueueRequest.Key(hash: "k", bodyHash: "b", lifetime: .seconds(600))
            let first = try EventQueueFixture.id("first")
            #expect(try await fixture.enqueue("first", key: key) == .queued([first]))
            #expect(try await fixture.enqueue("second", key: key) == .replayed([first]))
            #expect(try await fixture.queue.counts().waiting == 1)
        },
        Self("who repeats a request is told that it was queued, and anybody else that it is a repeat") { fixture in
            let first = try EventQueueFixture.id("first")
            func key(_ hash: String, _ maker: String?) -> EnqueueRequest.Key {
                EnqueueRequest.Key(hash: hash, bodyHash: "", lifetime: .seconds(600), maker: maker)
            }
            func enqueue(_ hash: String, _ maker: String?) async throws -> EnqueueOutcome {
                let element = EnqueueRequest.Element(id: first, body: EventQueueFixture.body("first"), ownHash: "h")
                return try await fixture.queue.enqueue(EnqueueRequest(key: key(hash, maker), elements: [element]))
            }
            #expect(try await enqueue("k", "m1") == .queued([first]))
            #expect(try await enqueue("k", "m1") == .queued([first]))
            #expect(try await enqueue("k", "m2") == .replayed([first]))
            #expect(try await enqueue("k", nil) == .replayed([first]))
            // Another key, the event known by its own id: who adds nothing has not made it, the second time either.
            #expect(try await enqueue("l", "m3") == .replayed([first]))
            #expect(try await enqueue("l", "m3") == .replayed([first]))
            #expect(try await fixture.queue.counts().waiting == 1)
        },
        Self("an idempotency key with another body is refused, and adds nothing") { fixture in
            try await fixture.enqueue("first", key: .init(hash: "k", bodyHash: "b", lifetime: .seconds(600)))
            let other = EnqueueRequest.Key(hash: "k", bodyHash: "c", lifetime: .seconds(600))
            #expect(try await fixture.enqueue("second", key: other) == .mismatch)
            #expect(try await fixture.queue.counts().waiting == 1)
        },
        Self("an idempotency key stands for nothing once its lifetime is over") { fixture in
            let key = EnqueueRequest.Key(hash: "k", bodyHash: "b", lifetime: fixture.lease)
            try await fixture.enqueue("first", key: key)
            try await fixture.pass(fixture.lease * 2)
            #expect(try await fixture.enqueue("second", key: key) == .queued([try EventQueueFixture.id("second")]))
        },
        Self("concurrent duplicates all get the first answer") { fixture in
            let key = EnqueueRequest.Key(hash: "k", bodyHash: "b", lifetime: .seconds(600))
            let outcomes = try await withThrowingTaskGroup(of: EnqueueOutcome.self) { group in
                for index in 0..<20 { group.addTask { try await fixture.enqueue("e\(index)", key: key) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let queued = outcomes.compactMap { if case .queued(let ids) = $0 { ids } else { nil } }
            let first = try #require(queued.first)
            #expect(queued.count == 1)
            #expect(outcomes.filter { $0 == .replayed(first) }.count == 19)
            #expect(try await fixture.queue.counts().waiting == 1)
        },
        Self("an id that its sender chose is taken: the same event is replayed, another one refused") { fixture in
            let id = try EventQueueFixture.id("mine")
            #expect(try await fixture.enqueueOwn("mine", hash: "h") == .queued([id]))
            #expect(try await fixture.enqueueOwn("mine", hash: "h") == .replayed([id]))
            let other = EnqueueRequest.Element(id: try EventQueueFixture.id("other"), body: [1], ownHash: nil)
            #expect(try await fixture.enqueueOwn("mine", hash: "i", beside: [other]) == .mismatch)
            #expect(try await fixture.queue.counts().waiting == 1)

            // Still so while it is worked on, and after its end.
            let held = try #require(try await fixture.claim().events.first)
            #expect(try await fixture.enqueueOwn("mine", hash: "h") == .replayed([id]))
            try await fixture.end(held, id: "mine", .sent(ChannelID(rawValue: 1)))
            #expect(try await fixture.enqueueOwn("mine", hash: "h") == .replayed([id]))
            #expect(try await fixture.enqueueOwn("mine", hash: "i") == .mismatch)
            #expect(try await fixture.queue.counts().waiting == 0)
        },
        // PITFALLS 14
        Self("an enqueue that is repeated because its answer was lost adds nothing") { fixture in
            let ids = [try EventQueueFixture.id("one"), try EventQueueFixture.id("two")]
            #expect(try await fixture.enqueue("one", "two") == .queued(ids))
            #expect(try await fixture.enqueue("one", "two") == .replayed(ids))
            #expect(try await fixture.claim().events.count == 2)
            #expect(try await fixture.enqueue("one", "two") == .replayed(ids))
            #expect(try await fixture.queue.counts().waiting == 0)
        },
        Self("a queue at its length refuses all of a request, and takes what fits", bounds: QueueBounds(maxLength: 3)) {
            fixture in
            try await fixture.enqueue("one", "two")
            #expect(try await fixture.enqueue("three", "four") == .full)
            #expect(try await fixture.queue.counts().waiting == 2)
            #expect(try await fixture.enqueue("three") == .queued([try EventQueueFixture.id("three")]))
            // What was refused has left no trace.
            #expect(try await fixture.queue.event(try EventQueueFixture.id("four")) == nil)
            _ = try await fixture.claim(events: 1)
            #expect(try await fixture.enqueue("four") == .queued([try EventQueueFixture.id("four")]))
        },
    ]

    static let waiting: [Self] = [
        Self("a wait ends as soon as something is added, and has taken nothing") { fixture in
            _ = try await fixture.claim()
            async let wait: Void = fixture.queue.wait(upTo: .seconds(60))
            try await Task.sleep(for: .milliseconds(50))
            try await fixture.enqueue("one", "two")
            try await wait
            #expect(try await fixture.claim().events.map(\.body) == ["one", "two"].map(EventQueueFixture.body))
        },
        Self("a wait ends at once where something is waiting already") { fixture in
            _ = try await fixture.claim()
            try await fixture.enqueue("one")
            try await fixture.queue.wait(upTo: .seconds(60))
            #expect(try await fixture.claim().events.count == 1)
        },
        // PITFALLS 1
        Self("a wait that its caller gave up on eats nothing") { fixture in
            for round in 0..<20 {
                let wait = Task { try await fixture.queue.wait(upTo: .seconds(60)) }
                try await Task.sleep(for: .milliseconds(round.isMultiple(of: 2) ? 0 : 5))
                async let added: EnqueueOutcome = fixture.enqueue("e\(round)")
                wait.cancel()
                _ = try await added
                _ = await wait.result
            }
            let bodies = try await fixture.claim().events.map(\.body)
            #expect(bodies == (0..<20).map { EventQueueFixture.body("e\($0)") })
        },
    ]
}
