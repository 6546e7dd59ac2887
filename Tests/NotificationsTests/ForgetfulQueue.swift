import Monitoring
import Notifications
import Synchronization

/// A queue whose broker is started anew when a test says so, as it was or as an earlier state of it.
final class ForgetfulQueue: ForwardingQueue {
    private struct State {
        var base: any EventQueue
        var run = 0
        var restartsBeforeEnqueue = false
    }

    private let state: Mutex<State>

    init(_ base: any EventQueue) {
        state = Mutex(State(base: base))
    }

    var base: any EventQueue { state.withLock { $0.base } }

    /// Starts it anew, with another state where one is given.
    func restart(as base: (any EventQueue)? = nil) {
        state.withLock { state in
            state.run += 1
            if let base { state.base = base }
        }
    }

    /// Starts it anew at the worst moment.
    func restartsBeforeNextEnqueue() { state.withLock { $0.restartsBeforeEnqueue = true } }

    func incarnation() async throws -> QueueIncarnation? {
        state.withLock { QueueIncarnation(epoch: "e", run: "\($0.run)") }
    }

    func enqueue(_ request: EnqueueRequest) async throws -> EnqueueOutcome {
        let run = state.withLock { state in
            if state.restartsBeforeEnqueue {
                state.run += 1
                state.restartsBeforeEnqueue = false
            }
            return state.run
        }
        if let expected = request.expecting, expected.run != "\(run)" { return .moved }
        return try await base.enqueue(request)
    }
}
