import Monitoring
import Notifications
import SQLiteBackend
import TestSupport
import Testing

@Suite("The event queue in SQLite")
struct SQLiteEventQueueConformanceTests {
    @Test(arguments: EventQueueConformance.all)
    func conforms(_ rule: EventQueueConformance) async throws {
        try await withTemporaryDirectory { directory in
            let time = ManualTime()
            let database = try SQLiteDatabase(path: directory + "/tocsin.db")
            let queue = SQLiteEventQueue(database: database, bounds: rule.bounds, time: time)
            let fixture = EventQueueFixture(queue: queue, lease: .seconds(20)) {
                duration in
                // In steps that are no gap, as living workers see time pass.
                var left = duration
                while left > .zero {
                    let step = min(left, .seconds(1))
                    time.advance(by: step)
                    _ = try await queue.beat("somebody", lease: .seconds(60))
                    left -= step
                }
            } step: { step in
                switch step {
                case .back: time.advance(by: .seconds(-3_600))
                case .gap: time.advance(by: .seconds(3_600))
                }
            }
            try await rule.prove(fixture)
        }
    }
}
