internal import Synchronization

/// Gives operations so long each, with one timer for all of them.
///
/// Where thousands run a second, a timer for each costs more than what it limits.
package final class TimeLimit: Sendable {
    /// An operation took longer than it may.
    package struct Exceeded: Error {}

    private struct Running {
        let until: Timestamp
        let task: Cancellable
    }

    /// A task that can be cancelled from elsewhere.
    ///
    /// Sendable, since `cancel` may be called from any task while the task is there. It is called only under the lock
    /// under which the task takes itself out before it ends.
    private struct Cancellable: @unchecked Sendable {
        private let task: UnsafeCurrentTask?

        init(_ task: UnsafeCurrentTask?) {
            self.task = task
        }

        func cancel() { task?.cancel() }
    }

    /// What runs, the oldest first; one that has ended leaves a hole until those before it have.
    private struct State {
        var running: [Running?] = []
        /// The number of the first of them.
        var first = 0
        var isWatched = false

        mutating func end(_ number: Int) -> Bool {
            guard number >= first, running[number - first] != nil else { return false }
            running[number - first] = nil
            let ended = running.prefix { $0 == nil }.count
            running.removeFirst(ended)
            first += ended
            return true
        }
    }

    private let limit: Duration
    private let time: any TimeSource
    private let state = Mutex(State())

    package init(_ limit: Duration, on time: any TimeSource) {
        self.limit = limit
        self.time = time
    }

    /// Runs an operation, and cancels it when its time is up.
    ///
    /// - Throws: ``Exceeded``, or what the operation throws.
    package func run<Value: Sendable>(_ operation: @escaping @Sendable () async throws -> Value) async throws -> Value {
        // A child, so that what is cancelled is not whoever waits; it runs where its parent does.
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask {
                try await withUnsafeCurrentTask { task in try await self.limit(operation, as: Cancellable(task)) }
            }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    private func limit<Value>(
        _ operation: () async throws -> Value,
        as task: Cancellable
    ) async throws -> Value {
        let number = begin(task)
        do {
            let value = try await operation()
            end(number)
            return value
        } catch {
            // What was cancelled for its time says so, and nothing else.
            throw end(number) ? error : Exceeded()
        }
    }

    /// Whether it was in time.
    @discardableResult
    private func end(_ number: Int) -> Bool { state.withLock { $0.end(number) } }

    /// How many run.
    package var count: Int { state.withLock { $0.running.count { $0 != nil } } }

    private func begin(_ task: Cancellable) -> Int {
        let until = time.now() + limit
        let (number, isWatched) = state.withLock { state in
            state.running.append(Running(until: until, task: task))
            defer { state.isWatched = true }
            return (state.first + state.running.count - 1, state.isWatched)
        }
        if !isWatched { Task { await watch() } }
        return number
    }

    /// Waits for whoever runs out of time first, until nothing runs.
    private func watch() async {
        while let (number, until) = oldest() {
            // A clock that is set back must not make it longer.
            let wait = min(until - time.now(), limit)
            if wait > .zero {
                do { try await time.sleep(for: wait) } catch { return }
            }
            cancelLate(at: time.now(), atLeast: number)
        }
    }

    private func oldest() -> (number: Int, until: Timestamp)? {
        state.withLock { state in
            guard let oldest = state.running.first ?? nil else {
                state.isWatched = false
                return nil
            }
            return (state.first, oldest.until)
        }
    }

    /// Cancels those whose time is up, and the one whose time was waited for.
    private func cancelLate(at now: Timestamp, atLeast number: Int) {
        state.withLock { state in
            while let oldest = state.running.first ?? nil, oldest.until <= now || state.first == number {
                oldest.task.cancel()
                _ = state.end(state.first)
            }
        }
    }
}
