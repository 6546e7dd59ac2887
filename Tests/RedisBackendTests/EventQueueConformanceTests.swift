import Logging
import Monitoring
import Notifications
import Redis
import RedisBackend
import TestSupport
import Testing

@Suite("The event queue on Redis")
struct RedisEventQueueConformanceTests {
    @Test(arguments: EventQueueConformance.all)
    func conforms(_ rule: EventQueueConformance) async throws {
        try await withEventQueue(bounds: rule.bounds) { setup in
            let fixture = EventQueueFixture(queue: setup.queue, lease: .milliseconds(400)) { duration in
                try await Task.sleep(for: duration)
            }
            try await rule.prove(fixture)
        }
    }
}
