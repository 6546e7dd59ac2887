import Monitoring
import Notifications
import Redis
import RedisBackend
import TestSupport
import Testing

extension EventQueueOnRedisTests {
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

    @Test("a report of what was lost is counted once")
    func losses() async throws {
        try await withEventQueue { setup in
            for report in ["a", "a", "b"] { try await setup.queue.countLost(3, report: report) }
            #expect(try await setup.queue.counts().lost == 6)
        }
    }

    @Test("an idempotency key that an earlier release has written is known")
    func earlierKeys() async throws {
        try await withEventQueue { setup in
            let key = EnqueueRequest.Key(hash: "k", bodyHash: "b", lifetime: .seconds(60), maker: "m")
            try await setup.send("SET", "{NOTIFICATION_QUEUE}:k:k", "b one two")
            let element = EnqueueRequest.Element(id: try .of("three"), body: [1], ownHash: nil)
            let outcome = try await setup.queue.enqueue(EnqueueRequest(key: key, elements: [element]))
            #expect(outcome == .replayed([try .of("one"), try .of("two")]))
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
}
