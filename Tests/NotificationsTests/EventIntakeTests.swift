import Monitoring
import SQLiteBackend
import Synchronization
import TestSupport
import Testing

@testable import Notifications

@Suite struct EventIntakeTests {
    private func with(
        _ outage: Outage = Outage(),
        _ bounds: QueueBounds = QueueBounds(),
        _ body: (EventIntake, any EventQueue) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: "\(directory)/tocsin.db")
            let base = SQLiteEventQueue(database: database, bounds: bounds, time: SystemTime())
            try await body(EventIntake(queue: FlakyQueue(base: base, outage: outage), time: SystemTime()), base)
        }
    }

    private func request(_ body: String, key: String? = nil, token: String = "t") -> IntakeRequest {
        IntakeRequest(body: Array(body.utf8), idempotencyKey: key, token: token)
    }

    @Test func `one event or an array is queued, and an id is made where there is none`() async throws {
        try await with { intake, queue async throws in
            let one = try await intake.accept(request(#"{"type":"a"}"#))
            #expect(one.ids.count == 1 && !one.isArray && !one.isReplay)
            #expect(one.ids.first?.rawValue.hasPrefix("evt_") == true)
            let two = try await intake.accept(request(#"[{"type":"a","id":"x"},{"type":"b"}]"#))
            #expect(two.isArray && two.ids.count == 2 && two.ids.first?.rawValue == "x")
            #expect(try await queue.counts().waiting == 3)
            let claim = try await queue.claim(
                ClaimRequest(boot: "b", lease: .seconds(5), freeEvents: 3, freeDeliveries: 0)
            )
            #expect(claim.events.allSatisfy { String(decoding: $0.body, as: UTF8.self).hasPrefix(#"{"id":""#) })
        }
    }

    @Test func `one wrong event of an array and nothing is queued`() async throws {
        try await with { intake, queue async throws in
            for body in [
                #"[{"type":"a"},{"type":""}]"#, "[]", "[1]", #"[{"type":"a","id":"x"},{"type":"b","id":"x"}]"#,
                "[" + Array(repeating: #"{"type":"a"}"#, count: 1_001).joined(separator: ",") + "]",
            ] {
                await #expect(throws: IntakeError.self) { try await intake.accept(request(body)) }
            }
            #expect(try await queue.counts().waiting == 0)
            let most = "[" + Array(repeating: #"{"type":"a"}"#, count: 1_000).joined(separator: ",") + "]"
            #expect(try await intake.accept(request(most)).ids.count == 1_000)
        }
    }

    @Test func `problems point into the array`() async throws {
        try await with { intake, _ async throws in
            await #expect {
                try await intake.accept(request(#"[{"type":"a"},{"type":"b","colour":1}]"#))
            } throws: { error in
                guard case IntakeError.invalid(let problems) = error else { return false }
                return problems.map(\.pointer) == ["/1/colour"]
            }
        }
    }

    @Test func `broken JSON and keys that are none are malformed`() async throws {
        try await with { intake, queue async throws in
            for (body, key) in [
                ("{", nil), ("", nil), (#"{"type":"a"}"#, ""), (#"{"type":"a"}"#, "a b"), (#"{"type":"a"}"#, "é"),
                (#"{"type":"a"}"#, String(repeating: "k", count: 256)),
            ] as [(String, String?)] {
                await #expect {
                    try await intake.accept(request(body, key: key))
                } throws: { error in
                    if case IntakeError.malformed = error { true } else { false }
                }
            }
            #expect(try await queue.counts().waiting == 0)
        }
    }

    @Test func `the same key and body get the first answer, another body is refused, another token is another key`()
        async throws
    {
        try await with { intake, queue async throws in
            let first = try await intake.accept(request(#"{"type":"a"}"#, key: "k"))
            let second = try await intake.accept(request(#"{"type":"a"}"#, key: "k"))
            #expect(second.ids == first.ids && second.isReplay && !first.isReplay)
            await #expect {
                try await intake.accept(request(#"{"type":"b"}"#, key: "k"))
            } throws: { error in
                if case IntakeError.mismatch = error { true } else { false }
            }
            let other = try await intake.accept(request(#"{"type":"a"}"#, key: "k", token: "u"))
            #expect(!other.isReplay && other.ids != first.ids)
            #expect(try await queue.counts().waiting == 2)
        }
    }

    @Test func `an event's own id is known again`() async throws {
        try await with { intake, queue async throws in
            let first = try await intake.accept(request(#"{"type":"a","id":"mine"}"#))
            let again = try await intake.accept(request(#"{"id":"mine","type":"a"}"#))
            #expect(again.ids == first.ids && again.isReplay)
            await #expect {
                try await intake.accept(request(#"{"type":"b","id":"mine"}"#))
            } throws: { error in
                if case IntakeError.mismatch = error { true } else { false }
            }
            #expect(try await queue.counts().waiting == 1)
        }
    }

    // PITFALLS 14
    @Test func `a reply that is lost on the way is asked for again, and the event is there once`() async throws {
        try await with { _, base in
            let lossy = LossyQueue(base: base)
            let intake = EventIntake(queue: lossy, time: SystemTime())
            let answer = try await intake.accept(request(#"{"type":"a"}"#))
            #expect(!answer.isReplay)
            #expect(lossy.calls.withLock { $0 } == 2)
            #expect(try await base.counts().waiting == 1)
        }
    }

    @Test func `a request that is asked for again by ourselves is no replay, and a client's is one`() async throws {
        for (body, key) in [
            (#"{"type":"a","id":"mine"}"#, nil), (#"{"type":"a","id":"mine"}"#, "k"), (#"{"type":"a"}"#, "k"),
        ] {
            try await with { _, base in
                let lossy = LossyQueue(base: base)
                let intake = EventIntake(queue: lossy, time: SystemTime())
                let first = try await intake.accept(request(body, key: key))
                #expect(!first.isReplay)
                #expect(lossy.calls.withLock { $0 } == 2)
                // The same again, its first answer lost as well.
                lossy.calls.withLock { $0 = 0 }
                let second = try await intake.accept(request(body, key: key))
                #expect(second.isReplay && second.ids == first.ids)
                #expect(try await base.counts().waiting == 1)
            }
        }
    }

    @Test func `a broker that is away, full or silent is told within two seconds`() async throws {
        let outage = Outage()
        outage.begin()
        try await with(outage, QueueBounds(maxLength: 1)) { intake, queue async throws in
            await #expect {
                try await intake.accept(request(#"{"type":"a"}"#))
            } throws: { error in
                if case IntakeError.unavailable = error { true } else { false }
            }
            outage.end()
            _ = try await intake.accept(request(#"{"type":"a"}"#))
            await #expect {
                try await intake.accept(request(#"{"type":"a"}"#))
            } throws: { error in
                if case IntakeError.full = error { true } else { false }
            }
        }
        let time = ManualTime()
        try await withTemporaryDirectory { directory in
            let database = try SQLiteDatabase(path: "\(directory)/tocsin.db")
            let base = SQLiteEventQueue(database: database, bounds: QueueBounds(), time: SystemTime())
            let silent = EventIntake(queue: SilentQueue(base: base), time: time)
            async let answer = silent.accept(request(#"{"type":"a"}"#))
            await time.sleepers(1)
            time.advance(by: .seconds(2))
            do {
                _ = try await answer
                Issue.record("it was taken in")
            } catch {
                guard case IntakeError.unavailable = error else { throw error }
            }
        }
    }
}

/// Takes the first request in and loses the reply.
private final class LossyQueue: ForwardingQueue {
    let base: any EventQueue
    let calls = Mutex(0)

    init(base: any EventQueue) {
        self.base = base
    }

    func enqueue(_ request: EnqueueRequest) async throws -> EnqueueOutcome {
        let outcome = try await base.enqueue(request)
        let call = calls.withLock { calls in
            calls += 1
            return calls
        }
        if call == 1 { throw QueueError(.unavailable, "The reply was lost.") }
        return outcome
    }
}

/// Never answers.
private struct SilentQueue: ForwardingQueue {
    let base: any EventQueue

    func enqueue(_ request: EnqueueRequest) async throws -> EnqueueOutcome {
        try await Task.sleep(for: .seconds(600))
        return .full
    }
}
