internal import Synchronization

/// Gives operations so long each, with one timer for all of them.
///
/// Where thousands run a second, a timer for each costs more than what it limits.
package final class TimeLimit: Sendable {
    /// An operation took longer than it may.
    package struct Exceeded: Error {}

    private struct Running {
        let until: Timestamp
        let cancel: @Sendable () -> Void
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
        let task = Task { try await operation() }
        let number = begin { task.cancel() }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        let isInTime = state.withLock { $0.end(number) }
        // What was cancelled for its time says so, and nothing else; what has ended all the same counts.
        if !isInTime, case .failure = result { throw Exceeded() }
        return try result.get()
    }

    /// How many run.
    package var count: Int { state.withLock { $0.running.count { $0 != nil } } }

    private func begin(_ cancel: @escaping @Sendable () -> Void) -> Int {
        let until = time.now() + limit
        let (number, isWatched) = state.withLock { state in
            state.running.append(Running(until: until, cancel: cancel))
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
            for running in takeLate(at: time.now(), atLeast: number) { running.cancel() }
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

    /// Takes out those whose time is up, and the one whose time was waited for.
    private func takeLate(at now: Timestamp, atLeast number: Int) -> [Running] {
        state.withLock { state in
            var late: [Running] = []
            while let oldest = state.running.first ?? nil, oldest.until <= now || state.first == number {
                late.append(oldest)
                _ = state.end(state.first)
            }
            return late
        }
    }
}
