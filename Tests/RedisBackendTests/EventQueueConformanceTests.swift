import Foundation
import Notifications
import Redis
import TestSupport
import Testing

@Suite("The event queue on Redis", .sharedRedisServer)
struct RedisEventQueueConformanceTests {
    @Test(arguments: EventQueueConformance.all)
    func conforms(_ rule: EventQueueConformance) async throws {
        let server = try #require(SharedRedisServer.current)
        let key = "events-\(UUID().uuidString)"
        try await withEventQueue(on: server, key: key, bounds: rule.bounds) { setup in
            let fixture = EventQueueFixture(queue: setup.queue, lease: .milliseconds(600)) { duration in
                try await Task.sleep(for: duration)
            } step: { step in
                // The server's own clock can't be set, but what the queue has seen of it last can.
                let hour: RedisArgument =
                    switch step {
                    case .back: 3_600_000
                    case .gap: -3_600_000
                    }
                // Whatever a short lease was held by has run out by then.
                if case .gap = step { try await Task.sleep(for: .milliseconds(700)) }
                try await setup.send("HINCRBY", .string("{\(key)}:clock"), "last", hour)
            }
            try await rule.prove(fixture)
        }
    }
}
