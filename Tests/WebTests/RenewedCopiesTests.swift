import Monitoring
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct RenewedCopiesTests {
    /// Makes copies that are as many as were asked for, each when it is let.
    private final class Workshop: Sendable {
        private let state = Mutex<(made: Int, waiting: [CheckedContinuation<Void, Never>])>((0, []))

        var made: Int { state.withLock { $0.made } }

        func make() async -> Int {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    state.made += 1
                    state.waiting.append(continuation)
                }
            }
            return made
        }

        func finish() {
            let waiting = state.withLock { state in
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }
    }

    @Test("Where there is no copy yet, all who ask wait for the one that is being made")
    func first() async throws {
        let copies = RenewedCopies<Int, Int>(lifetime: .seconds(5), most: 1, time: ManualTime())
        let workshop = Workshop()
        let readers = (0..<20).map { _ in Task { try await copies.value(of: 1) { _ in await workshop.make() } } }
        while workshop.made == 0 { await Task.yield() }
        // Each of them has come to the copies by then, since these take one after the other.
        for _ in 0..<1_000 { await Task.yield() }
        workshop.finish()
        for reader in readers { #expect(try await reader.value == 1) }
        #expect(workshop.made == 1)
    }

    @Test("While a copy is renewed, the others get the one before")
    func renewing() async throws {
        let time = ManualTime()
        let copies = RenewedCopies<Int, Int>(lifetime: .seconds(5), most: 1, time: time)
        #expect(try await copies.value(of: 1) { _ in 7 } == 7)
        time.advance(by: .seconds(5))
        let workshop = Workshop()
        let renewer = Task { try await copies.value(of: 1) { _ in await workshop.make() } }
        while workshop.made == 0 { await Task.yield() }
        #expect(try await copies.value(of: 1) { _ in 9 } == 7)
        workshop.finish()
        #expect(try await renewer.value == 1)
        #expect(try await copies.value(of: 1) { _ in 9 } == 1)
    }
}
