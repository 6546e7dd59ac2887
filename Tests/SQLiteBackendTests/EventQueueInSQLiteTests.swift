import GRDB
import Monitoring
import Notifications
import TestSupport
import Testing

@testable import SQLiteBackend

@Suite("The event queue in one process's database")
struct EventQueueInSQLiteTests {
    private func withQueue(_ body: (SQLiteEventQueue, ManualTime, SQLiteDatabase) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let time = ManualTime()
            let database = try SQLiteDatabase(path: directory + "/tocsin.db")
            try await body(SQLiteEventQueue(database: database, bounds: QueueBounds(), time: time), time, database)
        }
    }

    private func request(_ id: String, own: String? = nil, key: EnqueueRequest.Key? = nil) throws -> EnqueueRequest {
        let id = try #require(EventID(rawValue: id))
        return EnqueueRequest(key: key, elements: [.init(id: id, body: Array(id.rawValue.utf8), ownHash: own)])
    }

    private func claim(_ queue: SQLiteEventQueue, as boot: String = "a", events: Int = 100) async throws -> Claim {
        try await queue.claim(ClaimRequest(boot: boot, lease: .seconds(30), freeEvents: events, freeDeliveries: 100))
    }

    // PITFALLS 10, 12
    @Test("what an earlier process held is given back at once, with a crash counted")
    func recovery() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            let time = ManualTime()
            let id = try #require(EventID(rawValue: "e1"))
            do {
                let queue = SQLiteEventQueue(
                    database: try SQLiteDatabase(path: path),
                    bounds: QueueBounds(),
                    time: time
                )
                _ = try await queue.enqueue(try request("e1"))
                _ = try await queue.enqueue(try request("e2"))
                let held = try #require(try await claim(queue, events: 1).events.first)
                let event = RoutedEvent(
                    token: held.token,
                    id: id,
                    body: held.body,
                    hash: "h",
                    isOwnID: false,
                    deliveries: [.init(channel: ChannelID(rawValue: 1), order: "o", deadline: .seconds(60))]
                )
                #expect(try await queue.route([event], as: "a") == [.routed])
                let rest = try await claim(queue)
                #expect(rest.events.count == 1 && rest.deliveries.count == 1)
            }
            // The process is gone, and its leases with it, long before they would have run out.
            let queue = SQLiteEventQueue(database: try SQLiteDatabase(path: path), bounds: QueueBounds(), time: time)
            let claim = try await claim(queue, as: "b")
            #expect(claim.events.map(\.crashes) == [1])
            #expect(claim.deliveries.map(\.crashes) == [1])
            #expect(claim.deliveries.map(\.attempts) == [0])
        }
    }

    @Test("a gap in time suspends takeovers for one lease")
    func gap() async throws {
        try await withQueue { queue, time, _ in
            _ = try await queue.enqueue(try request("e1"))
            _ = try await claim(queue)
            // The machine slept for an hour; its workers are as well as before.
            time.advance(by: .seconds(3_600))
            #expect(try await queue.sweep() == 0)
            #expect(try await queue.beat("a", lease: .seconds(30)))
            for _ in 0..<29 {
                time.advance(by: .seconds(1))
                #expect(try await queue.sweep() == 0)
            }
            #expect(try await queue.counts().held == 1)
            for _ in 0..<2 {
                time.advance(by: .seconds(1))
                _ = try await queue.sweep()
            }
            #expect(try await queue.counts().held == 0)
        }
    }

    @Test("time that runs backwards makes nothing due later, not even after a restart")
    func backwards() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            let start = Timestamp(milliseconds: 1_800_000_000_000)
            let first = SQLiteEventQueue(
                database: try SQLiteDatabase(path: path),
                bounds: QueueBounds(),
                time: ManualTime(start)
            )
            _ = try await first.enqueue(try request("e1"))

            let late = ManualTime(start - .seconds(3_600))
            let second = SQLiteEventQueue(
                database: try SQLiteDatabase(path: path),
                bounds: QueueBounds(),
                time: late
            )
            #expect(try await claim(second).now == start)
            late.advance(by: .seconds(2))
            #expect(try await claim(second).now == start + .seconds(2))
        }
    }

    // PITFALLS 17
    @Test("a wait ends when the next delivery falls due, without polling")
    func nextDue() async throws {
        try await withQueue { queue, time, _ in
            _ = try await queue.enqueue(try request("e1"))
            let held = try #require(try await claim(queue).events.first)
            let event = RoutedEvent(
                token: held.token,
                id: try #require(EventID(rawValue: "e1")),
                body: held.body,
                hash: "h",
                isOwnID: false,
                deliveries: [
                    .init(channel: ChannelID(rawValue: 1), order: nil, deadline: .seconds(60), delay: .seconds(3))
                ]
            )
            _ = try await queue.route([event], as: "a")
            #expect(try await claim(queue).deliveries.isEmpty)
            async let wait: Void = queue.wait(upTo: .seconds(1_000))
            await time.sleepers(1)
            time.advance(by: .seconds(3))
            try await wait
            #expect(try await claim(queue).deliveries.count == 1)
        }
    }

    @Test("what is added between a claim and the wait after it is not slept through")
    func noLostWakeUp() async throws {
        try await withQueue { queue, _, _ in
            _ = try await claim(queue)
            _ = try await queue.enqueue(try request("e1"))
            // Time stands still: only the event can end this.
            try await queue.wait(upTo: .seconds(1_000))
            _ = try await claim(queue)
            try await queue.gate(ChannelID(rawValue: 1), for: .zero)
            try await queue.wait(upTo: .seconds(1_000))
        }
    }

    @Test("many who enqueue at once are all answered, and all their events are kept in one order")
    func manyProducers() async throws {
        try await withQueue { queue, _, _ in
            try await withThrowingTaskGroup(of: EnqueueOutcome.self) { group in
                for index in 0..<500 {
                    let request = try request("e\(index)")
                    group.addTask { try await queue.enqueue(request) }
                }
                for try await outcome in group { if case .queued = outcome {} else { Issue.record("\(outcome)") } }
            }
            let bodies = try await claim(queue, events: 1_000).events.map(\.body)
            #expect(bodies.count == 500)
            #expect(Set(bodies).count == 500)
        }
    }

    @Test("a producer that gives up takes nobody else's event with it")
    func cancelledProducer() async throws {
        try await withQueue { queue, _, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<100 {
                    let request = try request("e\(index)")
                    let task = Task { try await queue.enqueue(request) }
                    if index.isMultiple(of: 3) { task.cancel() }
                    group.addTask { _ = try await task.value }
                }
                try await group.waitForAll()
            }
            #expect(try await queue.counts().waiting == 100)
        }
    }

    @Test("expired ids and keys are removed when the queue is tidied, and only those")
    func tidy() async throws {
        try await withQueue { queue, time, database in
            let key = EnqueueRequest.Key(hash: "k", bodyHash: "b", lifetime: .seconds(86_400))
            _ = try await queue.enqueue(try request("ours", key: key))
            _ = try await queue.enqueue(try request("theirs", own: "h"))
            _ = try await queue.enqueue(try request("waiting", own: "h"))
            let held = try await claim(queue, events: 2).events
            for (held, id) in zip(held, ["ours", "theirs"]) {
                let end = Completion.event(
                    token: held.token,
                    id: EventID(rawValue: id),
                    hash: nil,
                    end: .sent(ChannelID(rawValue: 1))
                )
                #expect(try await queue.complete([end], as: "a") == [true])
            }
            func kept() async throws -> [String] {
                try await database.pool.read {
                    try String.fetchAll(
                        $0,
                        sql: "SELECT id FROM eventRecords UNION SELECT hash FROM eventKeys ORDER BY 1"
                    )
                }
            }
            time.advance(by: .seconds(61))
            try await queue.tidy()
            #expect(try await kept() == ["k", "theirs", "waiting"])
            time.advance(by: .seconds(72_000))
            // What is offered again must be known for as long as it may be offered once more.
            let theirs = try #require(EventID(rawValue: "theirs"))
            #expect(try await queue.enqueue(try request("theirs", own: "h")) == .replayed([theirs]))
            time.advance(by: .seconds(72_000))
            #expect(try await queue.enqueue(try request("theirs", own: "h")) == .replayed([theirs]))
            time.advance(by: .seconds(86_400))
            // Gone for whoever asks, tidied or not.
            #expect(try await queue.event(try #require(EventID(rawValue: "theirs"))) == nil)
            #expect(try await queue.enqueue(try request("theirs", own: "other")) != .mismatch)
            try await queue.tidy()
            #expect(try await kept() == ["theirs", "waiting"])
        }
    }

    @Test("a full disk refuses new events with the reason, and the queue drains and goes on")
    func fullDisk() async throws {
        try await withQueue { queue, _, database in
            let big = [UInt8](repeating: 1, count: 200_000)
            func add(_ id: String) async throws -> EnqueueOutcome {
                let id = try #require(EventID(rawValue: id))
                return try await queue.enqueue(
                    EnqueueRequest(key: nil, elements: [.init(id: id, body: big, ownHash: nil)])
                )
            }
            _ = try await add("e1")
            try await database.pool.write { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                try db.execute(sql: "PRAGMA max_page_count = \(pages + 10)")
            }
            let error = await #expect(throws: QueueError.self) { _ = try await add("e2") }
            #expect(error?.code == .full)
            let held = try #require(try await claim(queue).events.first)
            let end = Completion.event(token: held.token, id: nil, hash: nil, end: .unrouted)
            #expect(try await queue.complete([end], as: "a") == [true])
            #expect(try await add("e3") == .queued([try #require(EventID(rawValue: "e3"))]))
            #expect(try await queue.counts().waiting == 1)
        }
    }

    @Test("a delivery of an order finds its place by the order alone, however many orders the channel has")
    func manyOrders() async throws {
        try await withQueue { _, _, database in
            for (statement, indexes) in [
                (EventLedger.endHead, ["eventDeliveriesHeads (channel=? AND orderKey=?)"]),
                (
                    EventLedger.beginHead,
                    [
                        "eventDeliveriesOrder (channel=? AND orderKey=?)",
                        "eventDeliveriesOrderHeld (channel=? AND orderKey=?)",
                    ]
                ),
            ] {
                let plans = try await database.pool.read { db in
                    try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(statement)", arguments: [1, "order"])
                        .map { $0["detail"] as String }
                }
                for index in indexes { #expect(plans.contains { $0.contains(index) }, "\(plans)") }
                #expect(!plans.contains { $0.hasPrefix("SCAN") }, "\(plans)")
            }
        }
    }

    @Test("a claim reads no more of a long queue than it takes")
    func longQueue() async throws {
        try await withQueue { queue, _, database in
            try await database.pool.write { db in
                try db.execute(
                    sql: """
                        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
                        INSERT INTO eventElements (sequence) SELECT i FROM n
                        """
                )
                try db.execute(
                    sql: "INSERT INTO eventBodies SELECT sequence, CAST('e' || sequence AS BLOB) FROM eventElements"
                )
            }
            #expect(try await queue.counts().waiting == 50_000)
            for (condition, index) in [("< 2", "eventElementsWaiting"), (">= 2", "eventElementsSuspect")] {
                let plans = try await database.pool.read { db in
                    try Row.fetchAll(
                        db,
                        sql: """
                            EXPLAIN QUERY PLAN
                            SELECT e.sequence, b.body FROM eventElements e JOIN eventBodies b ON b.element = e.sequence
                            WHERE e.boot IS NULL AND e.crashes \(condition) AND (e.orderKey IS NULL OR NOT EXISTS (
                                SELECT 1 FROM eventElements x WHERE x.orderKey = e.orderKey AND x.sequence < e.sequence
                            ))
                            ORDER BY e.sequence LIMIT 10
                            """
                    ).map { $0["detail"] as String }
                }
                #expect(plans.contains { $0.contains(index) }, "\(plans)")
                #expect(plans.contains { $0.contains("eventElementsOrder (orderKey=? AND sequence<?)") }, "\(plans)")
                #expect(!plans.contains { $0.contains("TEMP B-TREE") }, "\(plans)")
            }
            let claim = try await claim(queue, events: 10)
            #expect(claim.events.map { String(decoding: $0.body, as: UTF8.self) } == (1...10).map { "e\($0)" })
            #expect(claim.depth == 49_990)
        }
    }
}
