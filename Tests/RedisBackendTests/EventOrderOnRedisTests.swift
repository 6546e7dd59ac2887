import Monitoring
import Notifications
import Redis
import RedisBackend
import TestSupport
import Testing

@Suite("The order of events on Redis")
struct EventOrderOnRedisTests {
    @Test("what keeps events in their order leaves no key and no count behind")
    func nothingStays() async throws {
        try await withEventQueue { setup in
            func enqueue(_ range: Range<Int>) async throws {
                for index in range {
                    let body = #"{"id":"e\#(index)","type":"site.down","subject":"\#(index % 3)"}"#
                    try await setup.enqueue("e\(index)", body: body)
                }
            }
            func keys() async throws -> Set<String> {
                let keys = try await setup.send("KEYS", "*").array().map { try $0.string() }
                return Set(keys.compactMap { $0.split(separator: "}:").last.map(String.init) })
            }
            func behind() async throws -> String {
                try await setup.send("HGET", "{NOTIFICATION_QUEUE}:counters", "behind").string()
            }

            try await enqueue(0..<6)
            var held = try await setup.queue.claim(.some).events
            #expect(held.count == 6)
            try await enqueue(6..<12)
            #expect(try await setup.queue.claim(.some(boot: "b")).events.isEmpty)
            #expect(try await keys().isSuperset(of: ["ordered", "w:0", "w:1", "w:2"]))
            #expect(try await behind() == "6")

            try await setup.queue.leave("a")
            #expect(try await keys().isSuperset(of: ["again", "ordered", "w:0", "w:1", "w:2"]))
            held = try await setup.queue.claim(.some(events: 5)).events
            while !held.isEmpty {
                let ends = held.map { Completion.event(token: $0.token, id: nil, hash: nil, end: .unrouted) }
                #expect(try await setup.queue.complete(ends, as: "a").allSatisfy { $0 })
                held = try await setup.queue.claim(.some(events: 5)).events
            }
            for boot in ["a", "b"] { try await setup.queue.leave(boot) }
            let left: Set<String> = try await keys().filter { !$0.hasPrefix("e:") }
            #expect(left == ["clock", "counters"])
            #expect(try await behind() == "0")
            #expect(try await setup.queue.counts().waiting == 0)
        }
    }
}
