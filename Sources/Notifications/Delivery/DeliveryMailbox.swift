internal import Monitoring
internal import Synchronization

/// What the worker's loop is told by the tasks beside it: attempts that ended, the wait that is over, a lost lease.
final class DeliveryMailbox: Sendable {
    /// What has come in since it was read the last time.
    struct News: Sendable {
        var finished: [FinishedWork] = []
        var isWaitOver = false
        var isLeaseLost = false
        var areChannelsNew = false
    }

    private struct State {
        var news = News()
        var isStopping = false
        var isAnswered = false
        /// The boot whose lease the heart keeps, and when it was extended last.
        var boot: String?
        var extendedAt: Timestamp?
    }

    let wake = WakeSignal()
    private let state = Mutex(State())

    func takeNews() -> News {
        state.withLock { state in
            defer { state.news = News() }
            return state.news
        }
    }

    /// The attempts that ended, and no other news.
    func takeFinished() -> [FinishedWork] {
        state.withLock { state in
            defer { state.news.finished = [] }
            return state.news.finished
        }
    }

    /// Does what brings an answer of the queue, and tells that it has come.
    func answer<Answer>(_ body: @Sendable () async throws -> Answer) async throws -> Answer {
        defer { tell { $0.isAnswered = true } }
        return try await body()
    }

    /// Whether the queue has answered since this was asked the last time.
    func takeAnswer() -> Bool {
        state.withLock { state in
            defer { state.isAnswered = false }
            return state.isAnswered
        }
    }

    func finished(_ work: FinishedWork) { tell { $0.news.finished.append(work) } }

    func waitIsOver() { tell { $0.news.isWaitOver = true } }

    func channelsAreNew() { tell { $0.news.areChannelsNew = true } }

    func leaseIsLost(by boot: String) {
        tell { state in
            guard state.boot == boot else { return }
            state.boot = nil
            state.news.isLeaseLost = true
        }
    }

    func stop() { tell { $0.isStopping = true } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Notes that a boot's lease was extended.
    func leaseIsExtended(of boot: String, at now: Timestamp) {
        state.withLock { state in
            state.boot = boot
            state.extendedAt = now
        }
    }

    /// The boot whose lease is to be extended, where that was last done some time ago.
    func bootToExtend(at now: Timestamp, every interval: Duration) -> String? {
        state.withLock { state in
            guard let boot = state.boot, let extendedAt = state.extendedAt, now - extendedAt >= interval else {
                return nil
            }
            return boot
        }
    }

    private func tell(_ change: (inout State) -> Void) {
        state.withLock { change(&$0) }
        wake.signal()
    }
}
