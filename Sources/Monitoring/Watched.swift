internal import Synchronization

/// State behind a lock that tasks can wait on: a condition variable for structured concurrency.
///
/// A waiter gives a closure that returns nil while it has to go on waiting; it is asked again after each change.
package final class Watched<State: Sendable>: Sendable {
    private struct Waiter: Sendable {
        /// Asks the closure, and resumes the task if it need not wait any more.
        let resumeIfReady: @Sendable (inout State) -> Bool
        let cancel: @Sendable () -> Void
    }

    private struct Inside: Sendable {
        var state: State
        var nextID = 0
        var waiters: [(id: Int, waiter: Waiter)] = []
        var cancelled: Set<Int> = []
    }

    private let inside: Mutex<Inside>

    package init(_ state: sending State) {
        inside = Mutex(Inside(state: state))
    }

    /// Reads or changes the state, and wakes the waiters that the change lets go on.
    package func withLock<Result: Sendable>(_ body: @Sendable (inout State) throws -> Result) rethrows -> Result {
        try inside.withLock { inside in
            let result = try body(&inside.state)
            // In the order in which they came; each may change the state for those after it.
            inside.waiters.removeAll { $0.waiter.resumeIfReady(&inside.state) }
            return result
        }
    }

    /// Waits until `condition` returns something, which it may also change the state for.
    ///
    /// - Parameter condition: Asked under the lock; must be short.
    /// - Returns: What the condition returned.
    /// - Throws: `CancellationError` when the task is cancelled first.
    package func wait<Result: Sendable>(
        until condition: @escaping @Sendable (inout State) -> Result?
    ) async throws -> Result {
        let id = inside.withLock { inside in
            inside.nextID += 1
            return inside.nextID
        }
        // A cancellation that came after the end has left its mark.
        defer { inside.withLock { _ = $0.cancelled.remove(id) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Result, any Error>) in
                let waiter = Waiter(
                    resumeIfReady: { state in
                        guard let result = condition(&state) else { return false }
                        continuation.resume(returning: result)
                        return true
                    },
                    cancel: { continuation.resume(throwing: CancellationError()) }
                )
                inside.withLock { inside in
                    if inside.cancelled.remove(id) != nil {
                        waiter.cancel()
                    } else if waiter.resumeIfReady(&inside.state) {
                        // What the condition changed may be what another waits for.
                        inside.waiters.removeAll { $0.waiter.resumeIfReady(&inside.state) }
                    } else {
                        inside.waiters.append((id, waiter))
                    }
                }
            }
        } onCancel: {
            inside.withLock { inside in
                if let index = inside.waiters.firstIndex(where: { $0.id == id }) {
                    inside.waiters.remove(at: index).waiter.cancel()
                } else {
                    inside.cancelled.insert(id)
                }
            }
        }
    }
}
