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
        _ body: (OutboxRelay, FakeMonitoringStore, any EventQueue) async throws -> Void
    )
        async throws
    {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: "\(directory)/tocsin.db")
            let base = SQLiteEventQueue(database: database, bounds: QueueBounds(), time: SystemTime())
            let store = FakeMonitoringStore()
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

    @Test func `a broker that was started anew is offered again what it may have lost, before anything newer`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            func queue(_ name: String) throws -> any EventQueue {
                let database = try SQLiteDatabase(path: "\(directory)/\(name).db")
                return SQLiteEventQueue(database: database, bounds: QueueBounds(), time: SystemTime())
            }
            let broker = ForgetfulQueue(try queue("before"))
            let store = FakeMonitoringStore()
            let relay = OutboxRelay(
                store: store,
                queue: broker,
                time: SystemTime(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            store.add(1...2)
            #expect(try await relay.relayBatch() == 2)
            let sent = store.offers
            #expect(try await relay.relayBatch() == 0)
            #expect(store.offers == sent, "the broker is the same")

            // It comes back as it was: what is offered again it knows.
            broker.restart()
            #expect(try await relay.relayBatch() == 2)
            #expect(try await subjects(broker.base) == ["1", "2"])

            // It comes back without the two, while newer ones wait already.
            store.add(3...3)
            broker.restart(as: try queue("after"))
            #expect(try await relay.relayBatch() == 3)
            #expect(try await subjects(broker.base) == ["1", "2", "3"])
            #expect(try await relay.relayBatch() == 0)
        }
    }

    @Test func `a broker that is replaced between the question and the answer gets nothing out of order`() async throws
    {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: "\(directory)/tocsin.db")
            let broker = ForgetfulQueue(
                SQLiteEventQueue(database: database, bounds: QueueBounds(), time: SystemTime())
            )
            let store = FakeMonitoringStore()
            let relay = OutboxRelay(
                store: store,
                queue: broker,
                time: SystemTime(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            store.add(1...1)
            #expect(try await relay.relayBatch() == 1)
            store.add(2...2)
            broker.restartsBeforeNextEnqueue()
            // Both: the first is offered again before the second is taken.
            #expect(try await relay.relayBatch() == 2)
            #expect(try await subjects(broker.base) == ["1", "2"])
        }
    }
}
