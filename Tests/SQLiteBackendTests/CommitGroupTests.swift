import Synchronization
import TestSupport
import Testing

@testable import SQLiteBackend

@Suite("Commits that many share")
struct CommitGroupTests {
    private struct Broken: Error {}

    @Test("those who come during a commit share the next one, in the order in which they came")
    func sharing() async throws {
        let batches = Mutex<[[Int]]>([])
        let isOpen = Mutex(false)
        let group = CommitGroup<Int, Int>(most: 100) { inputs in
            batches.withLock { $0.append(inputs) }
            try await eventually("the gate opens") { isOpen.withLock { $0 } }
            return inputs.map { $0 * 10 }
        }
        try await withThrowingTaskGroup(of: (Int, Int).self) { tasks in
            tasks.addTask { (0, try await group.submit(0)) }
            try await eventually("the first commits") { batches.withLock { $0.count == 1 } }
            for index in 1...20 {
                tasks.addTask { (index, try await group.submit(index)) }
                try await eventually("\(index) waits") { await group.waitingCount == index }
            }
            isOpen.withLock { $0 = true }
            for try await (input, output) in tasks { #expect(output == input * 10) }
        }
        #expect(batches.withLock { $0 } == [[0], Array(1...20)])
    }

    @Test("no commit holds more than it may")
    func bound() async throws {
        let sizes = Mutex<[Int]>([])
        let group = CommitGroup<Int, Int>(most: 4) { inputs in
            sizes.withLock { $0.append(inputs.count) }
            await Task.yield()
            return inputs
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for index in 0..<50 {
                tasks.addTask {
                    let output = try await group.submit(index)
                    #expect(output == index)
                }
            }
            try await tasks.waitForAll()
        }
        #expect(sizes.withLock { $0.reduce(0, +) } == 50)
        #expect(sizes.withLock { $0.allSatisfy { $0 <= 4 } })
    }

    @Test("a commit that fails fails for all who share it, and for nobody after")
    func failure() async throws {
        let isBroken = Mutex(true)
        let group = CommitGroup<Int, Int>(most: 100) { inputs in
            await Task.yield()
            if isBroken.withLock({ $0 }) { throw Broken() }
            return inputs
        }
        await withTaskGroup(of: Void.self) { tasks in
            for index in 0..<20 {
                tasks.addTask {
                    await #expect(throws: Broken.self) { _ = try await group.submit(index) }
                }
            }
        }
        isBroken.withLock { $0 = false }
        #expect(try await group.submit(7) == 7)
    }
}
