import Logging
import Monitoring
import SQLiteBackend
import StoredForms
import Synchronization
import TestSupport
import Testing

@Suite struct PusherAfterOutageTests {
    /// Time that goes on a little whenever it is looked at, as it does while a pusher works.
    private final class FlowingTime: TimeSource {
        private let state = Mutex(Timestamp(milliseconds: 1_800_000_000_000))

        func now() -> Timestamp {
            state.withLock { now in
                now = now + .milliseconds(5)
                return now
            }
        }

        func sleep(for duration: Duration) async throws {
            try await Task.sleep(for: .milliseconds(1))
            state.withLock { $0 = $0 + duration }
        }
    }

    // PITFALLS 2
    @Test("After an outage the newest slot is pushed at once, and does not become one more gap")
    func newestSlotIsPushed() async throws {
        try await withTemporaryDirectory { directory in
            let time = FlowingTime()
            let database = try SQLiteDatabase(path: directory + "/tocsin.db")
            let sites = SQLiteSiteStore(database: database, time: time, secrets: SecretBox(key: nil))
            let stream = try SQLiteJobStream(database: database, region: "default", maxLength: 1_000, time: time)
            _ = try await sites.add([SiteSettings(url: "https://example.com", interval: .seconds(60))], by: .local)
            let leadership = try #require(try await stream.lead(as: "before", lease: .seconds(5)))
            let past = time.now() - .seconds(600)
            try await stream.push([], mark: Mark(from: past, through: past, position: nil, count: 0), under: leadership)
            try await stream.resign(leadership)

            let pusher = Pusher(
                stream: stream,
                store: SQLiteScheduleStore(database: database),
                settings: Pusher.Settings(),
                time: time,
                holder: "after",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let running = Task { try await pusher.run() }
            let began = time.now()
            try await eventually("the newest slot is pushed") { try await stream.backlog().waiting > 0 }
            // The slot before the beginning, and not one that came after a whole interval of gaps.
            #expect(try #require(try await stream.claim(as: "monitor", limit: 1, wait: .zero).first).slot <= began)
            running.cancel()
            try await running.value
        }
    }
}
