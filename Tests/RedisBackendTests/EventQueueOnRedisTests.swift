import Monitoring
import Notifications
import Redis
import RedisBackend
import TestSupport
import Testing

@Suite("The event queue beside other programs on a Redis server")
struct EventQueueOnRedisTests {
    static let list = RedisArgument.string("NOTIFICATION_QUEUE")

    static func id(of held: HeldEvent) -> String {
        String(String(decoding: held.body, as: UTF8.self).split(separator: "\"")[3])
    }

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
