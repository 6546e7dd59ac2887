import Monitoring
import Notifications
import Redis
import RedisBackend
import TestSupport
import Testing

extension EventQueueOnRedisTests {
    // PITFALLS 10, 14
    @Test("what a claim took whose answer was lost is given back by the next, with no crash counted")
    func lostClaim() async throws {
        try await withEventQueue { setup in
            for id in ["e1", "e2", "e3"] { try await setup.enqueue(id, body: #"{"id":"\#(id)","type":"a"}"#) }
            func claim(knowing token: String) async throws -> [HeldEvent] {
                try await setup.queue.claim(
                    ClaimRequest(
                        boot: "b",
                        lease: .seconds(5),
                        knownToken: token,
                        freeEvents: 1,
                        freeDeliveries: 1
                    )
                ).events
            }
            let first = try #require(try await claim(knowing: "").first)
            // The answer to this one does not arrive.
            let lost = try #require(try await claim(knowing: first.token).first)
            let second = try #require(try await claim(knowing: first.token).first)
            #expect(second.body == lost.body && second.token != lost.token && second.crashes == 0)
            // What is known to be held stays held, and what was given back is nobody's under the old token.
            #expect(try await setup.queue.counts().held == 2)
            let ends = try await setup.queue.complete(
                [first, lost, second].map { .event(token: $0.token, id: nil, hash: nil, end: .unrouted) },
                as: "b"
            )
            #expect(ends == [true, false, true])
        }
    }

    // PITFALLS 2
    @Test("after a restart of the server everything goes on by itself, functions included")
    func restart() async throws {
        try await withEventQueue(appendOnly: true, fsync: "always") { setup in
            try await setup.enqueue("e1")
            let held = try #require(try await setup.queue.claim(.some).events.first)
            try await setup.server.restart()
            try await eventually("the queue answers again") {
                (try? await setup.queue.counts()) != nil
            }
            let done = Completion.event(token: held.token, id: nil, hash: nil, end: .unrouted)
            #expect(try await setup.queue.complete([done], as: "a") == [true])
            try await setup.enqueue("e2")
            try await setup.queue.wait(upTo: .seconds(5))
            #expect(try await setup.queue.claim(.some).events.count == 1)
        }
    }

    @Test("a server that comes back empty takes the functions again")
    func emptyRestart() async throws {
        try await withEventQueue { setup in
            try await setup.enqueue("e1")
            try await setup.server.restart()
            try await eventually("the queue answers again") {
                (try? await setup.queue.counts()) != nil
            }
            #expect(try await setup.queue.counts().waiting == 0)
            try await setup.enqueue("e2")
            #expect(try await setup.queue.claim(.some).events.count == 1)
        }
    }

    // PITFALLS 10
    @Test("a server killed between any two steps loses no event that was accepted")
    func killedServer() async throws {
        try await withEventQueue(appendOnly: true, fsync: "always") { setup in
            var accepted: Set<String> = []
            var done: Set<String> = []
            for round in 0..<4 {
                for index in 0..<10 {
                    try await setup.enqueue("e\(round)-\(index)")
                    accepted.insert("e\(round)-\(index)")
                }
                // Killed with some in hand, some finished, some waiting.
                let held = try await setup.queue.claim(.some(boot: "w\(round)", events: 5)).events
                for held in held.prefix(2) {
                    let id = EventID(rawValue: Self.id(of: held))
                    let end = Completion.event(token: held.token, id: id, hash: nil, end: .unrouted)
                    #expect(try await setup.queue.complete([end], as: "w\(round)") == [true])
                    done.insert(Self.id(of: held))
                }
                try await setup.server.restart()
                try await eventually("the queue answers again") { (try? await setup.queue.counts()) != nil }
            }
            for round in 0..<4 { try await setup.queue.leave("w\(round)") }
            let left = try await setup.queue.claim(.some(boot: "last", events: 1_000)).events.map(Self.id)
            #expect(Set(left).union(done) == accepted)
            #expect(left.count + done.count == accepted.count)
        }
    }

    // PITFALLS 11
    @Test("what a worker held is found even where its lease was evicted or lost")
    func lostLease() async throws {
        try await withEventQueue { setup in
            try await setup.enqueue("e1")
            #expect(try await setup.queue.claim(.some).events.count == 1)
            try await setup.send("DEL", "{NOTIFICATION_QUEUE}:workers")
            // The worker itself would have its lease back by its next beat; this one is dead.
            #expect(try await setup.queue.sweep() == 1)
            #expect(try await setup.queue.claim(.some(boot: "b")).events.map(\.crashes) == [1])

            try await setup.send("DEL", "{NOTIFICATION_QUEUE}:workers")
            #expect(try await setup.queue.beat("b", lease: .seconds(60)))
            #expect(try await setup.queue.sweep() == 0)
        }
    }

    // PITFALLS 14
    @Test("an enqueue whose reply is lost is made sure of, and adds its events once")
    func lostReply() async throws {
        try await withEventQueue { setup in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        try await Task.sleep(for: .milliseconds(index))
                        let request = try EnqueueRequest.of("e\(index)", key: nil)
                        try await eventually("e\(index) is accepted") {
                            do {
                                // The caller's own repetition finds what was added meanwhile.
                                let outcome = try await setup.queue.enqueue(request)
                                return try [.queued([.of("e\(index)")]), .replayed([.of("e\(index)")])].contains(
                                    outcome
                                )
                            } catch let error as QueueError where error.code == .unavailable {
                                return false
                            }
                        }
                    }
                }
                // Meanwhile every connection is cut, again and again, whatever is on its way on it.
                for _ in 0..<10 {
                    try await setup.send("CLIENT KILL", "TYPE", "normal", "SKIPME", "yes")
                    try await Task.sleep(for: .milliseconds(20))
                }
                try await group.waitForAll()
            }
            let bodies = try await setup.queue.claim(.some(events: 1_000)).events.map(\.body)
            #expect(bodies.count == 200)
            #expect(Set(bodies).count == 200)
        }
    }

    @Test("where Redis is away or hangs, an enqueue says so within 2 s")
    func awayInTime() async throws {
        try await withEventQueue { setup in
            try await setup.enqueue("e1")
            let clock = ContinuousClock()
            for hang in [true, false] {
                if hang { setup.server.pause() } else { try await setup.server.kill() }
                let start = clock.now
                let error = await #expect(throws: QueueError.self) {
                    _ = try await setup.queue.enqueue(try .of("e2", key: nil))
                }
                #expect(error?.code == .unavailable)
                #expect(clock.now - start < .seconds(2))
                if hang { setup.server.resume() }
            }
        }
    }

    @Test("a full server refuses new events and still drains")
    func outOfMemory() async throws {
        try await withEventQueue { setup in
            try await setup.enqueue("e1")
            try await setup.enqueue("e2")
            _ = try await setup.queue.claim(.some(boot: "dead", lease: .milliseconds(1), events: 1))
            try await setup.send("CONFIG SET", "maxmemory", "1")
            let error = await #expect(throws: QueueError.self) { try await setup.enqueue("e3") }
            #expect(error?.code == .full)

            try await eventually("the dead worker is swept") { try await setup.queue.sweep() == 1 }
            let held = try await setup.queue.claim(.some).events
            #expect(held.count == 2)
            let event = RoutedEvent(
                token: held[0].token,
                id: try .of("e1"),
                body: held[0].body,
                hash: "h",
                isOwnID: false,
                deliveries: [.init(channel: ChannelID(rawValue: 1), order: "o", deadline: .seconds(60))]
            )
            #expect(try await setup.queue.route([event], as: "a") == [.routed])
            let delivery = try #require(try await setup.queue.claim(.some).deliveries.first)
            let ends: [Completion] = [
                .delivery(
                    token: delivery.token,
                    event: delivery.event,
                    channel: delivery.channel,
                    end: .dead(reason: "x")
                ),
                .event(token: held[1].token, id: nil, hash: nil, end: .unrouted),
            ]
            #expect(try await setup.queue.complete(ends, as: "a") == [true, true])
            let letters = try await setup.queue.deadLetters(DeadLetterQuery()).items
            #expect(try await setup.queue.discard(letters.map(\.id)) == 1)
            #expect(try await setup.queue.beat("a", lease: .seconds(60)))
        }
    }

    @Test("time does not run backwards when the server's clock does, and a gap in it suspends takeovers")
    func clock() async throws {
        try await withEventQueue { setup in
            try await setup.enqueue("e1")
            let before = try await setup.queue.claim(.some(boot: "a", lease: .milliseconds(50))).now
            // As after a failover to a server whose clock is an hour behind.
            let ahead = before + .seconds(3_600)
            try await setup.send("HSET", "{NOTIFICATION_QUEUE}:clock", "last", .integer(ahead.milliseconds))
            let after = try await setup.queue.claim(.some(boot: "b", lease: .milliseconds(50))).now
            #expect(after >= ahead)
            try await eventually("time goes on") {
                try await setup.queue.claim(.some(boot: "b", lease: .milliseconds(50))).now > after
            }

            // As after a sleep: the lease has run out, and its worker sleeps no more.
            try await setup.send(
                "HSET",
                "{NOTIFICATION_QUEUE}:clock",
                "last",
                .integer((before - .seconds(60)).milliseconds),
                "lease",
                60_000
            )
            #expect(try await setup.queue.sweep() == 0)
        }
    }
}
