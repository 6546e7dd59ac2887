internal import Synchronization

/// Wakes those who wait for jobs, so that nobody has to poll.
///
/// The file belongs to one process, so whatever adds a job is in this process.
final class JobSignal: Sendable {
    private struct State {
        var generation = 0
        var nextID = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        /// Cancelled before they had begun to wait.
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    /// Stands for all that was signalled so far.
    ///
    /// Taken before one looks, so that nothing slips in between.
    var generation: Int { state.withLock { $0.generation } }

    func send() {
        let waiters = state.withLock { state in
            state.generation += 1
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0 }
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits for a signal after `generation`, or until the task is cancelled.
    func wait(after generation: Int) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.cancelled.remove(id) != nil || state.generation > generation { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: id)
                if waiter == nil { state.cancelled.insert(id) }
                return waiter
            }
            waiter?.resume()
        }
        // A cancellation that came after the wait was over has left its mark behind.
        _ = state.withLock { $0.cancelled.remove(id) }
    }
}
