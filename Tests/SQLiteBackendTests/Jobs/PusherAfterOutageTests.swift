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

    /// A store that stops its first gap until it is told to go on, as a process is stopped between two instructions.
    private final class StoppingStore: ScheduleStore {
        enum Place { case before, stopped, resumed, refused, written }

        private let store: any ScheduleStore
        private let place = Mutex(Place.before)

        init(_ store: any ScheduleStore) { self.store = store }

        func isAt(_ wanted: Place) -> Bool { place.withLock { $0 == wanted } }
        func resume() { place.withLock { $0 = .resumed } }

        func recordGap(_ gap: ScheduleGap, in term: PushTerm) async throws -> Int {
            let isFirst = place.withLock { place in
                defer { if place == .before { place = .stopped } }
                return place == .before
            }
            guard isFirst else { return try await store.recordGap(gap, in: term) }
            try await eventually("the pusher goes on") { self.isAt(.resumed) }
            do {
                let count = try await store.recordGap(gap, in: term)
                place.withLock { $0 = .written }
                return count
            } catch {
                place.withLock { $0 = .refused }
                throw error
            }
        }

        func intervals(region: String) async throws -> [Duration] { try await store.intervals(region: region) }
        func due(_ query: DueQuery) async throws -> [DueSlot] { try await store.due(query) }
        func missedSlots(region: String) async throws -> Int { try await store.missedSlots(region: region) }
        func unended(_ slots: [DueSlot], of query: DueQuery) async throws -> [DueSlot] {
            try await store.unended(slots, of: query)
        }
        func recordMissed(_ slots: [DueSlot], of query: DueQuery, in term: PushTerm) async throws -> Int {
            try await store.recordMissed(slots, of: query, in: term)
        }
        func beginTerm(region: String) async throws -> PushTerm { try await store.beginTerm(region: region) }
        func progress(region: String) async throws -> PushProgress? { try await store.progress(region: region) }
        func advance(_ progress: PushProgress, region: String, in term: PushTerm) async throws {
            try await store.advance(progress, region: region, in: term)
        }
    }

    @Test("A leader that was stopped before it wrote a gap does not write it when another has followed")
    func stoppedLeader() async throws {
        try await withTemporaryDirectory { directory in
            let time = FlowingTime()
            let database = try SQLiteDatabase(path: directory + "/tocsin.db")
            let sites = SQLiteSiteStore(database: database, time: time, secrets: SecretBox(key: nil))
            let stream = try SQLiteJobStream(database: database, region: "default", maxLength: 1_000, time: time)
            let settings = (0..<40).map {
                SiteSettings(url: "https://example.com/\($0)", interval: .seconds(60))
            }
            _ = try await sites.add(settings, by: .local)
            let leadership = try #require(try await stream.lead(as: "before", lease: .seconds(5)))
            let past = time.now()
            try await stream.push([], mark: Mark(from: past, through: past, position: nil, count: 0), under: leadership)
            try await stream.resign(leadership)
            try await time.sleep(for: .seconds(600))

            let store = SQLiteScheduleStore(database: database)
            func run(_ holder: String, _ store: any ScheduleStore) -> Task<Void, any Error> {
                let pusher = Pusher(
                    stream: stream,
                    store: store,
                    settings: Pusher.Settings(),
                    time: time,
                    holder: holder,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                )
                return Task { try await pusher.run() }
            }
            let stopping = StoppingStore(store)
            let first = run("stopped", stopping)
            try await eventually("the first pusher stops") { stopping.isAt(.stopped) }
            let second = run("following", store)
            try await eventually("the second pusher pushes") { try await stream.backlog().waiting > 0 }
            stopping.resume()
            try await eventually("the first pusher is refused") { stopping.isAt(.refused) || stopping.isAt(.written) }
            #expect(stopping.isAt(.refused))
            for task in [first, second] {
                task.cancel()
                try await task.value
            }
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
