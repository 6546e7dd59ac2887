internal import Synchronization

/// What the loop of a role says of itself, so that neither a failure nor a silence goes unseen.
///
/// A loop that hangs says nothing any more, not even that it fails. So each sign of life promises the next one within a
/// limit, and a promise that is not kept makes the role not ready.
package final class RoleHealth: ReadinessReporting {
    private struct State {
        var problem: String?
        /// The last sign of life; nil while none is due.
        var signAt: Timestamp?
    }

    private let role: String
    private let silenceLimit: Duration
    private let time: any TimeSource
    private let state: Mutex<State>

    /// Makes the health of a role that is not ready until it has worked once.
    ///
    /// - Parameters:
    ///   - role: How sentences call it, such as `the pusher`.
    ///   - problem: Why it is not ready yet.
    ///   - silenceLimit: How long it may give no sign while one is due; longer than any single step may take.
    ///   - time: The clock of that limit.
    package init(
        _ role: String,
        until problem: String?,
        silenceLimit: Duration = .seconds(5),
        time: any TimeSource
    ) {
        self.role = role
        self.silenceLimit = silenceLimit
        self.time = time
        state = Mutex(State(problem: problem))
    }

    package var readiness: Readiness {
        let now = time.now()
        let (problem, signAt) = state.withLock { ($0.problem, $0.signAt) }
        if let signAt, now - signAt > silenceLimit {
            let seconds = Duration.seconds((now - signAt).milliseconds / 1_000)
            let silence = "\(role) has given no sign of life for \(seconds.text)"
            return .notReady(problem.map { "\(silence); before that: \($0)" } ?? silence)
        }
        return problem.map(Readiness.notReady) ?? .ready
    }

    /// Why the role can't work, as it said last.
    package var problem: String? { state.withLock { $0.problem } }

    /// The role has done its work; the next sign is due within the limit.
    package func works() { sign { $0.problem = nil } }

    /// The role can't do its work and tries on; the next sign is due within the limit.
    package func fails(_ problem: String) { sign { $0.problem = problem } }

    /// The role is at it, which says nothing of its success; the next sign is due within the limit.
    package func isBusy() { sign { _ in } }

    /// The role waits for something that may take as long as it likes: no sign is due until the next one.
    package func rests() { state.withLock { $0.signAt = nil } }

    private func sign(_ change: (inout State) -> Void) {
        let now = time.now()
        state.withLock { state in
            change(&state)
            state.signAt = now
        }
    }
}
