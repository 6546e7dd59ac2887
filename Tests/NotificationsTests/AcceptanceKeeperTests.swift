import Logging
import Monitoring
import SQLiteBackend
import TestSupport
import Testing

@testable import Notifications

@Suite struct AcceptanceKeeperTests {
    private func with(
        _ bounds: QueueBounds = QueueBounds(),
        _ body: (AcceptanceKeeper, EventIntake, ForgetfulQueue, ManualTime, (String) throws -> any EventQueue)
            async throws ->
            Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let time = ManualTime()
            func queue(_ name: String) throws -> any EventQueue {
                let database = try SQLiteDatabase(path: "\(directory)/\(name).db")
                return SQLiteEventQueue(database: database, bounds: bounds, time: time)
            }
            let broker = ForgetfulQueue(try queue("before"))
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let keeper = AcceptanceKeeper(queue: broker, time: time, logger: logger)
            try await body(keeper, EventIntake(queue: broker, keeper: keeper, time: time), broker, time, queue)
        }
    }

    private func request(_ json: String, key: String? = nil) -> IntakeRequest {
        IntakeRequest(body: Array(json.utf8), idempotencyKey: key, token: "t")
    }

    @Test func `what was accepted in the broker's last second is queued again, with its id and its key`() async throws {
        try await with { keeper, intake, broker, time, queue in
            try await keeper.look()
            let answer = try await intake.accept(request(#"{"type":"a"}"#, key: "k"))
            let id = try #require(answer.ids.first)
            broker.restart(as: try queue("after"))
            #expect(try await broker.event(id) == nil)
            time.advance(by: .seconds(2))
            try await keeper.look()
            #expect(try await broker.event(id)?.state == .queued)
            // A client that did not get its answer gets the same one now.
            let repeated = try await intake.accept(request(#"{"type":"a"}"#, key: "k"))
            #expect(repeated.ids == [id] && repeated.isReplay)
            #expect(try await broker.counts().waiting == 1)
        }
    }

    @Test func `what the broker has kept is not queued twice`() async throws {
        try await with { keeper, intake, broker, _, _ in
            try await keeper.look()
            _ = try await intake.accept(request(#"[{"type":"a"},{"type":"b","id":"mine"}]"#))
            broker.restart()
            try await keeper.look()
            try await keeper.look()
            #expect(try await broker.counts().waiting == 2)
        }
    }

    @Test func `what is older than the broker can lose is forgotten`() async throws {
        try await with { keeper, intake, broker, time, queue in
            try await keeper.look()
            _ = try await intake.accept(request(#"{"type":"a"}"#))
            time.advance(by: .seconds(6))
            try await keeper.look()
            broker.restart(as: try queue("after"))
            try await keeper.look()
            #expect(try await broker.counts().waiting == 0)
        }
    }

    @Test func `after a long silence what is missing is told, and nothing is sent twice`() async throws {
        let told = CountingQueue.Told()
        try await with { _, _, broker, time, queue in
            let (keeper, intake) = counting(broker, told, time)
            try await keeper.look()
            _ = try await intake.accept(request(#"[{"type":"a"},{"type":"b"}]"#))
            broker.restart(as: try queue("after"))
            time.advance(by: .seconds(600))
            try await keeper.look()
            #expect(told.lost == 2)
            #expect(try await broker.counts().waiting == 0)
        }
    }

    @Test func `what a full broker has no room for is offered again until it has`() async throws {
        let told = CountingQueue.Told()
        try await with(QueueBounds(maxLength: 1)) { _, _, broker, time, queue in
            let (keeper, intake) = counting(broker, told, time)
            try await keeper.look()
            let id = try #require(try await intake.accept(request(#"{"type":"a"}"#)).ids.first)
            let after = try queue("after")
            _ = try await after.enqueue(
                EnqueueRequest(key: nil, elements: [.init(id: .made(at: SystemTime().now()), body: [1], ownHash: nil)])
            )
            broker.restart(as: after)
            // Longer than what is accepted is kept.
            for _ in 0..<10 {
                try await keeper.look()
                time.advance(by: .seconds(1))
            }
            #expect(try await broker.event(id) == nil)
            let claim = try await broker.claim(
                ClaimRequest(boot: "w", lease: .seconds(3_600), freeEvents: 1, freeDeliveries: 0)
            )
            #expect(claim.events.map(\.body) == [[1]])
            try await keeper.look()
            #expect(try await broker.event(id)?.state == .queued)
            time.advance(by: .seconds(100))
            try await keeper.look()
            #expect(told.calls == 0)
        }
    }

    @Test func `what finds no room in time is counted once, though the answer to that is lost`() async throws {
        let told = CountingQueue.Told(lostAnswers: 2)
        try await with(QueueBounds(maxLength: 2)) { _, _, broker, time, queue in
            let (keeper, intake) = counting(broker, told, time)
            try await keeper.look()
            _ = try await intake.accept(request(#"[{"type":"a"},{"type":"b"}]"#))
            let after = try queue("after")
            _ = try await after.enqueue(
                EnqueueRequest(key: nil, elements: [.init(id: .made(at: SystemTime().now()), body: [1], ownHash: nil)])
            )
            broker.restart(as: after)
            try await keeper.look()
            #expect(told.calls == 0)
            time.advance(by: .seconds(60))
            for _ in 0..<2 { await #expect(throws: QueueError.self) { try await keeper.look() } }
            try await keeper.look()
            try await keeper.look()
            #expect(told.lost == 2 && told.calls == 3)
        }
    }

    private func counting(
        _ broker: ForgetfulQueue,
        _ told: CountingQueue.Told,
        _ time: ManualTime
    ) -> (AcceptanceKeeper, EventIntake) {
        let counting = CountingQueue(base: broker, told: told)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let keeper = AcceptanceKeeper(queue: counting, time: time, logger: logger)
        return (keeper, EventIntake(queue: counting, keeper: keeper, time: time))
    }
}
