internal import Monitoring
internal import Synchronization

/// Wakes one waiting task; a signal that nobody waits for is kept for the next wait, and several are one.
final class WakeSignal: Sendable {
    private struct State {
        var isSignalled = false
        var waiter: (id: Int, continuation: CheckedContinuation<Void, any Error>)?
        var lastID = 0
        /// The wait that was cancelled before it had begun.
        var cancelled: Int?
    }

    private let state = Mutex(State())

    func signal() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard let waiter = state.waiter else {
                state.isSignalled = true
                return nil
            }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume()
    }

    /// Waits for a signal, or until the limit is over.
    ///
    /// - Throws: `CancellationError` when cancelled.
    func wait(upTo limit: Duration, time: any TimeSource) async throws {
        if takeSignal() { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.wait() }
            group.addTask { try await time.sleep(for: limit) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func takeSignal() -> Bool {
        state.withLock { state in
            defer { state.isSignalled = false }
            return state.isSignalled
        }
    }

    /// Waits for a signal.
    ///
    /// - Throws: `CancellationError` when cancelled.
    func wait() async throws {
        if takeSignal() { return }
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if state.cancelled == id { return .failure(CancellationError()) }
                    if state.isSignalled {
                        state.isSignalled = false
                        return .success(())
                    }
                    state.waiter = (id, continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let waiter = state.waiter, waiter.id == id else {
                    state.cancelled = id
                    return nil
                }
                state.waiter = nil
                return waiter.continuation
            }
            waiter?.resume(throwing: CancellationError())
        }
    }
}
