import Monitoring
import Notifications
import Redis
import RedisBackend
import TestSupport
import Testing

@Suite("The event queue beside other programs on a Redis server")
struct EventQueueOnRedisTests {
    private static let list = RedisArgument.string("NOTIFICATION_QUEUE")

    @Test("what a foreign client pushes is handed on as it stands, whatever it is")
    func foreignPush() async throws {
        try await withEventQueue { setup in
            let bodies = [#"{"type":"demo.hello","subject":"x","data":{}}"#, "not json", #"{"a":1}"#, "[]", ""]
            for body in bodies { try await setup.send("RPUSH", Self.list, .string(body)) }
            try await setup.send("RPUSH", Self.list, .bytes([0, 255, 58, 13, 10]))
            let held = try await setup.queue.claim(.some).events
            #expect(held.map(\.body) == bodies.map { Array($0.utf8) } + [[0, 255, 58, 13, 10]])
        }
    }

    @Test("a foreign client that pops gets the JSON as it was enqueued")
    func foreignPop() async throws {
        try await withEventQueue { setup in
            let body = #"{"id":"e1","type":"demo.hello","subject":"x","data":{"n":12345678901234567890,"a":[]}}"#
            try await setup.enqueue("e1", body: body)
            let popped = try await setup.send("BLPOP", Self.list, 1).array()
            #expect(try popped.last?.string() == body)
            #expect(try await setup.queue.claim(.some).events.isEmpty)
        }
    }

    // PITFALLS 1
    @Test("waiting on Redis takes nothing: foreign clients still get every element, in order")
    func waitTakesNothing() async throws {
        try await withEventQueue { setup in
            for round in 0..<50 {
                let wait = Task { try await setup.queue.wait(upTo: .seconds(30)) }
                try await Task.sleep(for: .milliseconds(round % 3))
                async let pushed = setup.send("RPUSH", Self.list, .string("e\(round)"))
                wait.cancel()
                _ = try await pushed
                _ = await wait.result
            }
            let all = try await setup.send("LRANGE", Self.list, 0, -1).array().map { try $0.string() }
            #expect(all == (0..<50).map { "e\($0)" })
        }
    }

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

    // PITFALLS 17
    @Test("one waiting process is one blocked client, and it does not poll")
    func oneBlockedClient() async throws {
        try await withEventQueue { setup in
            let wait = Task { try await setup.queue.wait(upTo: .seconds(30)) }
            try await eventually("the wait is blocked") {
                try await setup.info("clients", "blocked_clients") == "1"
            }
            let before = try #require(Int(try await setup.info("stats", "total_commands_processed")))
            try await Task.sleep(for: .milliseconds(300))
            let after = try #require(Int(try await setup.info("stats", "total_commands_processed")))
            // Only the INFO of this test itself.
            #expect(after - before <= 2)
            try await setup.send("RPUSH", Self.list, "x")
            try await wait.value
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

    @Test("a key that holds something else is named, and left alone")
    func wrongType() async throws {
        try await withEventQueue { setup in
            try await setup.send("SET", Self.list, "mine")
            for step in [
                { _ = try await setup.queue.enqueue(try .of("e1", key: nil)) },
                { _ = try await setup.queue.claim(.some) },
                { try await setup.queue.wait(upTo: .seconds(1)) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: QueueError.self) { try await step() }
                #expect(error?.code == .refused)
                #expect(error?.message.contains("NOTIFICATION_QUEUE") == true)
            }
            #expect(try await setup.send("GET", Self.list).string() == "mine")
            // Nothing was begun.
            let keys = try await setup.send("KEYS", "*").array()
            #expect(keys.count == 1)
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

    @Test("records of events expire by themselves, those of ids that senders chose after a day")
    func expiry() async throws {
        try await withEventQueue { setup in
            try await setup.enqueue("ours")
            let own = EnqueueRequest.Element(id: try .of("theirs"), body: [1], ownHash: "h")
            _ = try await setup.queue.enqueue(EnqueueRequest(key: nil, elements: [own]))
            for (held, id) in zip(try await setup.queue.claim(.some).events, ["ours", "theirs"]) {
                let end = Completion.event(
                    token: held.token,
                    id: try .of(id),
                    hash: nil,
                    end: .sent(.init(rawValue: 1))
                )
                #expect(try await setup.queue.complete([end], as: "a") == [true])
            }
            let ours = try await setup.send("TTL", "{NOTIFICATION_QUEUE}:e:ours").int()
            let theirs = try await setup.send("TTL", "{NOTIFICATION_QUEUE}:e:theirs").int()
            #expect((50...60).contains(ours))
            #expect((86_000...86_400).contains(theirs))
            // What is offered again must be known for as long as it may be offered once more.
            try await setup.send("PEXPIRE", "{NOTIFICATION_QUEUE}:e:theirs", 5_000)
            let again = try await setup.queue.enqueue(EnqueueRequest(key: nil, elements: [own]))
            #expect(again == .replayed([try .of("theirs")]))
            #expect(try await setup.send("TTL", "{NOTIFICATION_QUEUE}:e:theirs").int() > 86_000)
        }
    }

    @Test("functions of other releases are removed at the start, unless the server is nearly full; others' stay")
    func otherReleases() async throws {
        try await withEventQueue { setup in
            func load(_ name: String) async throws {
                let code = "#!lua name=\(name)\nredis.register_function('\(name)_f', function() return 1 end)"
                try await setup.send("FUNCTION LOAD", .string(code))
            }
            func names() async throws -> Set<String> {
                Set(
                    try await setup.send("FUNCTION LIST").array().compactMap {
                        try $0.dictionary()["library_name"]?.string()
                    }
                )
            }
            try await load("tocsin_events_0123456789abcdef")
            try await load("tocsin_other")
            try await setup.queue.prepare()
            var left = try await names()
            #expect(left.count == 2 && left.contains("tocsin_other"))
            #expect(!left.contains("tocsin_events_0123456789abcdef"))

            try await load("tocsin_events_fedcba9876543210")
            let used = try #require(Int(try await setup.info("memory", "used_memory")))
            try await setup.send("CONFIG SET", "maxmemory", .integer(Int64(used + 100_000)))
            try await setup.queue.prepare()
            left = try await names()
            #expect(left.contains("tocsin_events_fedcba9876543210"))
            // Whoever's functions were removed has them back with the next call.
            try await setup.send("CONFIG SET", "maxmemory", 0)
            try await setup.send("FUNCTION FLUSH")
            try await setup.enqueue("e1")
        }
    }

    // PITFALLS 7
    @Test("hundreds of boots leave no key behind")
    func boots() async throws {
        try await withEventQueue { setup in
            for boot in 0..<300 {
                if boot.isMultiple(of: 3) { try await setup.enqueue("e\(boot)") }
                let request = ClaimRequest.some(boot: "boot-\(boot)", lease: .milliseconds(1), events: 1)
                _ = try await setup.queue.claim(request)
            }
            try await eventually("all are swept") {
                _ = try await setup.queue.sweep()
                let leases = try await setup.send("ZCARD", "{NOTIFICATION_QUEUE}:workers").int()
                return try await setup.queue.counts().held == 0 && leases == 0
            }
            _ = try await setup.queue.claim(.some(boot: "last", events: 1_000))
            try await setup.queue.leave("last")
            let keys = try await setup.send("KEYS", "*").array().map { try $0.string() }
            let left = keys.filter { !$0.contains(":e:") && !$0.contains(":k:") }
            #expect(
                Set(left)
                    == ["again", "clock", "counters"].reduce(into: Set()) { $0.insert("{NOTIFICATION_QUEUE}:\($1)") }
            )
        }
    }

    @Test("an idle queue leaves nothing behind: no key per event stays for ever")
    func nothingStays() async throws {
        try await withEventQueue { setup in
            for index in 0..<20 { try await setup.enqueue("e\(index)") }
            let held = try await setup.queue.claim(.some).events
            let events = try held.enumerated().map { index, held in
                RoutedEvent(
                    token: held.token,
                    id: try .of("e\(index)"),
                    body: held.body,
                    hash: "h",
                    isOwnID: false,
                    deliveries: [.init(channel: ChannelID(rawValue: 1), order: "o", deadline: .seconds(60))]
                )
            }
            _ = try await setup.queue.route(events, as: "a")
            for _ in 0..<20 {
                let delivery = try #require(try await setup.queue.claim(.some).deliveries.first)
                let end = Completion.delivery(
                    token: delivery.token,
                    event: delivery.event,
                    channel: delivery.channel,
                    end: .sent(withSuccessor: nil)
                )
                #expect(try await setup.queue.complete([end], as: "a") == [true])
            }
            try await setup.queue.leave("a")
            for key in try await setup.send("KEYS", "*").array().map({ try $0.string() }) {
                let ttl = try await setup.send("TTL", .string(key)).int()
                let isFixed = ["clock", "counters"].contains { key == "{NOTIFICATION_QUEUE}:\($0)" }
                #expect(ttl >= 0 || isFixed, "\(key) stays")
            }
        }
    }

    private static func id(of held: HeldEvent) -> String {
        String(String(decoding: held.body, as: UTF8.self).split(separator: "\"")[3])
    }
}

extension EventQueueSetup {
    func enqueue(_ id: String, body: String? = nil) async throws {
        let outcome = try await queue.enqueue(try .of(id, key: nil, body: body))
        try #require(outcome == .queued([try EventID.of(id)]))
    }

    /// One field of INFO.
    func info(_ section: RedisArgument, _ field: String) async throws -> String {
        let text = try await send("INFO", section).string()
        let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(field + ":") }
        return String(try #require(line).dropFirst(field.count + 1))
    }
}

extension EventID {
    static func of(_ text: String) throws -> EventID { try #require(EventID(rawValue: text)) }
}

extension EnqueueRequest {
    static func of(_ id: String, key: Key?, body: String? = nil) throws -> EnqueueRequest {
        let body = body ?? #"{"id":"\#(id)","type":"demo.hello"}"#
        return EnqueueRequest(key: key, elements: [Element(id: try .of(id), body: Array(body.utf8), ownHash: nil)])
    }
}

extension ClaimRequest {
    static let some = some()

    static func some(boot: String = "a", lease: Duration = .seconds(60), events: Int = 100) -> ClaimRequest {
        ClaimRequest(boot: boot, lease: lease, freeEvents: events, freeDeliveries: 100)
    }
}
