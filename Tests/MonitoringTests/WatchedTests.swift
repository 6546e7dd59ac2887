internal import Monitoring
internal import Testing

@Suite("State that tasks wait on")
struct WatchedTests {
    @Test("lets a waiter go on when the condition has come true")
    func waiting() async throws {
        let count = Watched(0)
        async let waited = count.wait { $0 >= 3 ? $0 : nil }
        for _ in 0..<3 { count.withLock { $0 += 1 } }
        #expect(try await waited >= 3)
    }

    @Test("gives what a waiter takes to that waiter alone")
    func taking() async throws {
        let items = Watched([Int]())
        let taken = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 { group.addTask { try await items.wait { $0.popLast() } } }
            for item in 0..<100 { items.withLock { $0.append(item) } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(taken.sorted() == Array(0..<100))
        #expect(items.withLock { $0.isEmpty })
    }

    @Test("throws in a waiter whose task is cancelled, before or while it waits")
    func cancelling() async {
        let never = Watched(false)
        let early = Task { try await never.wait { $0 ? true : nil } }
        early.cancel()
        await #expect(throws: CancellationError.self) { try await early.value }

        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) { try await never.wait { $0 ? true : nil } }
            }
            await Task.yield()
            group.cancelAll()
        }
    }
}
