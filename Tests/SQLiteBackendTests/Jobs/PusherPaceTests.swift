import Logging
import Monitoring
import SQLiteBackend
import StoredForms
import Synchronization
import TestSupport
import Testing

@Suite struct PusherPaceTests {
    /// Time that goes on by what is slept, so many times, and stands still then.
    private final class CountedTime: TimeSource {
        private struct State {
            var now = Timestamp(milliseconds: 1_800_000_000_000)
            var sleeps: [Duration] = []
        }

        private let most: Int
        private let state = Mutex(State())

        init(sleeps most: Int) { self.most = most }

        var sleeps: [Duration] { state.withLock { $0.sleeps } }

        func now() -> Timestamp { state.withLock { $0.now } }

        func sleep(for duration: Duration) async throws {
            let isOver = state.withLock { state in
                guard state.sleeps.count < most else { return true }
                state.sleeps.append(duration)
                state.now = state.now + duration
                return false
            }
            if isOver { try await Task.sleep(for: .seconds(3_600)) }
        }
    }

    @Test("After a look that finds a page and more, the next comes sooner")
    func looksSooner() async throws {
        try await withTemporaryDirectory { directory in
            let time = CountedTime(sleeps: 130)
            let database = try SQLiteDatabase(path: directory + "/tocsin.db")
            let sites = SQLiteSiteStore(database: database, time: time, secrets: SecretBox(key: nil))
            let stream = try SQLiteJobStream(database: database, region: "default", maxLength: 1_000, time: time)
            let settings = (0..<20).map { SiteSettings(url: "https://example.com/\($0)", interval: .seconds(60)) }
            _ = try await sites.add(settings, by: .local)
            let pusher = Pusher(
                stream: stream,
                store: SQLiteScheduleStore(database: database),
                settings: Pusher.Settings(batchSize: 10, schedule: .burst),
                time: time,
                holder: "test",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let task = Task { try await pusher.run() }
            try await eventually("it has looked so often") { time.sleeps.count == 130 }
            task.cancel()
            _ = await task.result
            // All of a minute fall due together, so that of two minutes two looks find something.
            #expect(try await stream.backlog().waiting == 40)
            #expect(time.sleeps.count { $0 == .milliseconds(250) } == 2)
            #expect(time.sleeps.count { $0 == .seconds(1) } == 128)
        }
    }
}
