import Monitoring
import TestSupport
import Testing

@Suite struct TimeLimitTests {
    private struct Failure: Error {}

    /// Sleeps until it is cancelled.
    private static func hang() async throws { try await Task.sleep(for: .seconds(3_600)) }

    @Test func `what ends in time gives what it has come to`() async throws {
        let limit = TimeLimit(.seconds(2), on: ManualTime())
        #expect(try await limit.run { 7 } == 7)
        await #expect(throws: Failure.self) { try await limit.run { throw Failure() } }
    }

    @Test func `what takes too long is cancelled, each at its own time, and not before`() async throws {
        let time = ManualTime()
        let limit = TimeLimit(.seconds(2), on: time)
        func start() -> Task<Void, any Error> {
            Task { try await limit.run { try await Self.hang() } }
        }
        let first = start()
        await time.sleepers(1)
        time.advance(by: .seconds(1))
        let second = start()
        // It runs once it has a number, which is before anything of its time is over.
        while limit.count < 2 { await Task.yield() }
        time.advance(by: .seconds(1))
        await #expect(throws: TimeLimit.Exceeded.self) { try await first.value }
        #expect(limit.count == 1)
        await time.sleepers(1)
        time.advance(by: .seconds(1))
        await #expect(throws: TimeLimit.Exceeded.self) { try await second.value }
    }

    @Test func `after a quiet spell the next is limited as well`() async throws {
        let time = ManualTime()
        let limit = TimeLimit(.seconds(2), on: time)
        for _ in 0..<2 {
            let late = Task { try await limit.run { try await Self.hang() } }
            await time.sleepers(1)
            time.advance(by: .seconds(2))
            await #expect(throws: TimeLimit.Exceeded.self) { try await late.value }
        }
    }

    @Test func `whoever is cancelled outside does not wait`() async throws {
        let limit = TimeLimit(.seconds(2), on: ManualTime())
        let task = Task { try await limit.run { try await Self.hang() } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
