import Logging
import Monitoring
import Notifications
import SQLiteBackend
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

/// Whether roles say that they can't do their work.
@Suite struct RoleReadinessTests {
    /// The machine's time, which a test moves forward.
    private final class ShiftedTime: TimeSource {
        private let shift = Mutex(Duration.zero)

        func now() -> Timestamp { SystemTime().now() + shift.withLock { $0 } }
        func sleep(for duration: Duration) async throws { try await SystemTime().sleep(for: duration) }
        func move(by duration: Duration) { shift.withLock { $0 += duration } }
    }

    /// A queue whose waits, or claims, do not come back while it is told so.
    private struct StuckQueue: ForwardingQueue {
        let base: any EventQueue
        let waits = Barrier()
        let claims = Barrier()

        func wait(upTo limit: Duration) async throws {
            try await waits.pass()
            try await base.wait(upTo: limit)
        }

        func claim(_ request: ClaimRequest) async throws -> Claim {
            try await claims.pass()
            return try await base.claim(request)
        }
    }

    /// Holds up whoever comes while it is closed.
    private final class Barrier: Sendable {
        private let state = Mutex((isClosed: false, count: 0))

        /// How many have been held up.
        var count: Int { state.withLock { $0.count } }

        func set(closed: Bool) { state.withLock { $0.isClosed = closed } }

        func pass() async throws {
            guard state.withLock({ $0.isClosed }) else { return }
            state.withLock { $0.count += 1 }
            while state.withLock({ $0.isClosed }) { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    // PITFALLS 2
    @Test("A notifier whose wait does not come back says so, and finds what it was to be told of by itself")
    func lostWait() async throws {
        let time = ShiftedTime()
        try await LocalReceiver.with { receiver in
            try await Stage.with(time: time, wrap: { StuckQueue(base: $0) }) { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                let queue = try #require(stage.queue as? StuckQueue)
                queue.waits.set(closed: true)
                try await eventually("a wait is under way") { queue.waits.count == 1 }
                time.move(by: .seconds(6))
                try await stage.post(#"{"type":"a"}"#)
                try await eventually("it arrives all the same") { receiver.requests.count == 1 }
                try await eventually("it says so") {
                    guard case .notReady(let reason) = stage.worker.readiness else { return false }
                    return reason.contains("does not come back")
                }
                queue.waits.set(closed: false)
                try await stage.ready()
            }
        }
    }

    // PITFALLS 2
    @Test("A notifier whose claim hangs is not ready, although it has told of no failure")
    func silence() async throws {
        let time = ShiftedTime()
        try await Stage.with(time: time, wrap: { StuckQueue(base: $0) }) { stage in
            try await stage.ready()
            let queue = try #require(stage.queue as? StuckQueue)
            queue.claims.set(closed: true)
            try await eventually("a claim is under way") { queue.claims.count == 1 }
            time.move(by: .seconds(6))
            guard case .notReady(let reason) = stage.worker.readiness else {
                Issue.record("it is ready")
                return
            }
            #expect(reason.contains("no sign of life"))
            queue.claims.set(closed: false)
            try await stage.ready()
        }
    }

    @Test("An API without a queue that takes events says so, though nobody posts any, and needs none to see it back")
    func intake() async throws {
        let outage = Outage()
        try await Stage.with(wrap: { FlakyQueue(base: $0, outage: outage) }) { stage in
            let watch = IntakeWatch(
                queue: stage.queue,
                tokens: stage.tokens,
                time: SystemTime(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            #expect(watch.readiness != .ready)
            let running = Task { try await watch.run() }
            try await eventually("it is ready") { watch.readiness == .ready }
            outage.begin()
            try await eventually("it says so") {
                if case .notReady(let reason) = watch.readiness { reason.contains("away") } else { false }
            }
            outage.end()
            try await eventually("it is ready again") { watch.readiness == .ready }
            #expect(try await stage.queue.counts().waiting == 0)
            running.cancel()
            try await running.value
        }
    }
}
