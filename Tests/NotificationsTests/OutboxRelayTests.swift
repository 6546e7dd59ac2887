import Logging
import Monitoring
import SQLiteBackend
import Synchronization
import TestSupport
import Testing

@testable import Notifications

@Suite struct OutboxRelayTests {
    private func with(
        _ outage: Outage = Outage(),
        _ body: (OutboxRelay, FakeOutbox, any EventQueue) async throws -> Void
    )
        async throws
    {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: "\(directory)/tocsin.db")
            let base = SQLiteEventQueue(database: database, bounds: QueueBounds(), time: SystemTime())
            let store = FakeOutbox()
            let relay = OutboxRelay(
                store: store,
                queue: FlakyQueue(base: base, outage: outage),
                time: SystemTime(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await body(relay, store, base)
        }
    }

    private func subjects(_ queue: any EventQueue) async throws -> [String] {
        let claim = try await queue.claim(
            ClaimRequest(boot: "b", lease: .seconds(5), freeEvents: 500, freeDeliveries: 0)
        )
        return try claim.events.compactMap { try JSON(parsing: $0.body)["subject"]?.string }
    }

    @Test func `transitions are queued in the order in which they were committed`() async throws {
        try await with { relay, store, queue async throws in
            store.add(1...250)
            var counts: [Int] = []
            for _ in 1...4 { counts.append(try await relay.relayBatch()) }
            #expect(counts == [100, 100, 50, 0])
            #expect(try await subjects(queue) == (1...250).map(String.init))
        }
    }

    // PITFALLS 21
    @Test func `a batch that could not be marked, and a second relay, make no second event`() async throws {
        try await with { relay, store, queue async throws in
            store.add(1...3)
            store.failsToMark.withLock { $0 = true }
            await #expect(throws: StoreError.self) { try await relay.relayBatch() }
            store.failsToMark.withLock { $0 = false }
            store.add(4...4)
            #expect(try await relay.relayBatch() == 4)
            store.offerAllAgain()
            #expect(try await relay.relayBatch() == 4)
            #expect(try await subjects(queue) == ["1", "2", "3", "4"])
        }
    }

    // PITFALLS 18
    @Test func `nothing is lost and the order is kept while the broker is away`() async throws {
        let outage = Outage()
        outage.begin()
        try await with(outage) { relay, store, queue async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await relay.run() }
                store.add(1...2)
                relay.signal()
                try await eventually("it says so") {
                    if case .notReady(let reason) = relay.readiness { reason.contains("away") } else { false }
                }
                store.add(3...3)
                outage.end()
                try await eventually("all are queued") { try await queue.counts().waiting == 3 }
                try await eventually("it says so") { relay.readiness == .ready }
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(try await subjects(queue) == ["1", "2", "3"])
        }
    }

    @Test func `a signal is answered at once, and what comes without one within a second`() async throws {
        try await with { relay, store, queue async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await relay.run() }
                try await eventually("it runs") { relay.readiness == .ready }
                store.add(1...1)
                relay.signal()
                try await eventually("it is queued", within: .milliseconds(900)) {
                    try await queue.counts().waiting == 1
                }
                store.add(2...2)
                try await eventually("it is queued", within: .seconds(5)) { try await queue.counts().waiting == 2 }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }
}

/// The outbox alone, so that a test can make it fail.
private final class FakeOutbox: MonitoringStore {
    private let rows = Mutex<[(entry: OutboxEntry, isSent: Bool)]>([])
    let failsToMark = Mutex(false)

    func add(_ ids: ClosedRange<Int64>) {
        rows.withLock { rows in
            for id in ids {
                let transition = Transition(
                    kind: .down,
                    site: SiteID(rawValue: id),
                    name: "s",
                    url: "https://s.example",
                    at: Timestamp(milliseconds: 1_800_000_000_000)
                )
                rows.append((OutboxEntry(id: id, eventID: EventID.random().rawValue, transition: transition), false))
            }
        }
    }

    func offerAllAgain() { rows.withLock { rows in for index in rows.indices { rows[index].isSent = false } } }

    func outbox(limit: Int) async throws -> [OutboxEntry] {
        rows.withLock { $0.filter { !$0.isSent }.prefix(limit).map(\.entry) }
    }

    func markSent(_ entries: [OutboxEntry]) async throws {
        if failsToMark.withLock({ $0 }) { throw StoreError(.unavailable, "The database is away.") }
        let ids = Set(entries.map(\.id))
        rows.withLock { rows in
            for index in rows.indices where ids.contains(rows[index].entry.id) { rows[index].isSent = true }
        }
    }

    private var notAsked: StoreError { StoreError(.unusable, "A relay does not ask for this.") }

    func close(_ slots: [SlotClosing]) async throws -> [SlotEnd] { throw notAsked }
    func record(_ results: [CheckResult]) async throws -> [RecordOutcome] { throw notAsked }
    func offerAgain(sentSince moment: Timestamp) async throws -> Int { throw notAsked }
    func incidents(_ query: IncidentQuery) async throws -> [Incident] { throw notAsked }
    func incident(_ id: IncidentID) async throws -> Incident? { throw notAsked }
    func acknowledge(_ id: IncidentID, by author: Author) async throws -> Incident { throw notAsked }
    func results(_ query: ResultQuery) async throws -> [StoredResult] { throw notAsked }
    func uptime(_ site: SiteID, from: Timestamp, to: Timestamp) async throws -> Uptime { throw notAsked }
    func latency(_ site: SiteID, from: Timestamp, to: Timestamp, buckets: Int) async throws -> Latency {
        throw notAsked
    }
    func maintain(_ retention: Retention) async throws -> Int { throw notAsked }
}
