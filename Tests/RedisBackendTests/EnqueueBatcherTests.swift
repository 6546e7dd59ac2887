import Notifications
import Redis
import Synchronization
import Testing

@testable import RedisBackend

@Suite struct EnqueueBatcherTests {
    private func request(_ name: String, bytes: Int = 2) throws -> EnqueueRequest {
        let id = try #require(EventID(rawValue: name))
        let element = EnqueueRequest.Element(id: id, body: Array(repeating: 0x20, count: bytes), ownHash: nil)
        return EnqueueRequest(key: nil, elements: [element])
    }

    private func enqueue(_ names: [String], to batcher: EnqueueBatcher) throws -> [Task<EnqueueOutcome, any Error>] {
        try names.map { name in
            let request = try request(name)
            return Task { try await batcher.enqueue(request) }
        }
    }

    /// A batcher whose calls are all on their way, with the requests `a` and `b`, to a server that has not answered.
    private func occupied() async throws -> (HeldServer, EnqueueBatcher, [Task<EnqueueOutcome, any Error>]) {
        let server = HeldServer()
        let batcher = EnqueueBatcher(server.call)
        let first = try enqueue(["a"], to: batcher)
        await server.calls(1)
        let second = try enqueue(["b"], to: batcher)
        await server.calls(2)
        return (server, batcher, first + second)
    }

    @Test func `requests that come while others are on their way share a call, and each has its own answer`()
        async throws
    {
        let (server, batcher, busy) = try await occupied()
        // Both calls are out: these wait for one of them.
        let third = try enqueue(["c", "d", "e"], to: batcher)
        while batcher.waitingCount < 3 { await Task.yield() }
        server.answer()
        await server.calls(3)
        #expect(server.sizes == [1, 1, 3])
        server.answer()
        server.answer()
        for (task, name) in zip(busy + third, ["a", "b", "c", "d", "e"]) {
            #expect(try await task.value == .queued([try #require(EventID(rawValue: name))]))
        }
    }

    @Test func `a call that fails fails its own requests and no others`() async throws {
        let (server, _, busy) = try await occupied()
        server.fail()
        server.answer()
        await #expect(throws: RedisError.self) { try await busy[0].value }
        #expect(try await busy[1].value == .queued([try #require(EventID(rawValue: "b"))]))
    }

    @Test func `a request that nobody waits for any more is not sent, and its neighbours are`() async throws {
        let (server, batcher, busy) = try await occupied()
        let waiting = try enqueue(["c", "d"], to: batcher)
        while batcher.waitingCount < 2 { await Task.yield() }
        waiting[0].cancel()
        await #expect {
            try await waiting[0].value
        } throws: { error in
            (error as? RedisError)?.code == .cancelled
        }
        for _ in 0..<3 { server.answer() }
        for task in busy + [waiting[1]] { _ = try await task.value }
        #expect(server.sizes == [1, 1, 1])
    }

    @Test func `a call is bounded in its requests`() async throws {
        let (server, batcher, busy) = try await occupied()
        let tasks = busy + (try enqueue((1...300).map { "e\($0)" }, to: batcher))
        while batcher.waitingCount < 300 { await Task.yield() }
        for _ in 0..<4 { server.answer() }
        for task in tasks { _ = try await task.value }
        #expect(server.sizes.sorted() == [1, 1, 44, 256])
    }

    @Test func `a call is bounded in its bytes, and one request always goes`() async throws {
        let (server, batcher, busy) = try await occupied()
        var tasks = busy
        for name in ["large1", "large2", "large3"] {
            let request = try request(name, bytes: 2 << 20)
            tasks.append(Task { try await batcher.enqueue(request) })
        }
        while batcher.waitingCount < 3 { await Task.yield() }
        for _ in 0..<5 { server.answer() }
        for task in tasks { _ = try await task.value }
        #expect(server.sizes == [1, 1, 1, 1, 1])
    }
}

/// A server that answers calls when it is told to, in their order.
private final class HeldServer: Sendable {
    private struct State {
        var sizes: [Int] = []
        var permits: [Bool] = []
        var held: [CheckedContinuation<Bool, Never>] = []
    }

    private let state = Mutex(State())

    var sizes: [Int] { state.withLock { $0.sizes } }

    var call: EnqueueBatcher.Call {
        { [self] requests in
            let succeeds = await withCheckedContinuation { continuation in
                let permit = state.withLock { state -> Bool? in
                    state.sizes.append(requests.count)
                    guard state.permits.isEmpty else { return state.permits.removeFirst() }
                    state.held.append(continuation)
                    return nil
                }
                if let permit { continuation.resume(returning: permit) }
            }
            guard succeeds else { throw RedisError(.connectionFailed, "The server is gone.") }
            return requests.map { .queued($0.elements.map(\.id)) }
        }
    }

    func answer() { give(true) }

    func fail() { give(false) }

    /// Waits until so many calls have come.
    func calls(_ count: Int) async { while sizes.count < count { await Task.yield() } }

    private func give(_ permit: Bool) {
        let held = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard state.held.isEmpty else { return state.held.removeFirst() }
            state.permits.append(permit)
            return nil
        }
        held?.resume(returning: permit)
    }
}
