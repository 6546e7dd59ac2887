import Foundation
import Notifications
import TestSupport
import Testing

@Suite("The event queue on Redis", .sharedRedisServer)
struct RedisEventQueueConformanceTests {
    @Test(arguments: EventQueueConformance.all)
    func conforms(_ rule: EventQueueConformance) async throws {
        let server = try #require(SharedRedisServer.current)
        try await withEventQueue(on: server, key: "events-\(UUID().uuidString)", bounds: rule.bounds) { setup in
            let fixture = EventQueueFixture(queue: setup.queue, lease: .milliseconds(600)) { duration in
                try await Task.sleep(for: duration)
            }
            try await rule.prove(fixture)
        }
    }
}
