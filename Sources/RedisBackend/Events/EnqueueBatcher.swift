internal import Notifications
internal import Redis
internal import Synchronization

/// Sends the requests that come while others are on their way together, once these are answered.
///
/// A call of a function costs the server several times what the events of one more request in it cost. A request that
/// comes alone goes at once.
final class EnqueueBatcher: Sendable {
    typealias Call = @Sendable ([EnqueueRequest]) async throws -> [EnqueueOutcome]

    private struct Entry {
        let number: Int
        let request: EnqueueRequest
    }

    private struct State {
        var nextNumber = 0
        var waiting: [Entry] = []
        /// Whoever waits for an answer, by the number of the request, be that sent or not.
        var callers: [Int: CheckedContinuation<EnqueueOutcome, any Error>] = [:]
        /// How many calls are on their way.
        var calls = 0
    }

    /// While the server works on one, the answers to the other are read and the next is written.
    private static let mostCalls = 2
    private static let mostRequests = 256
    private static let mostEvents = 1_000
    private static let mostBytes = 1 << 20

    private let executor: (any TaskExecutor)?
    private let call: Call
    private let state = Mutex(State())

    /// - Parameters:
    ///   - executor: Where calls are made, best where their answers arrive.
    ///   - call: Asks the server.
    init(executor: (any TaskExecutor)? = nil, _ call: @escaping Call) {
        self.executor = executor
        self.call = call
    }

    /// Enqueues; where the task is cancelled it does not wait for the answer.
    func enqueue(_ request: EnqueueRequest) async throws -> EnqueueOutcome {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let begins = state.withLock { state in
                    state.callers[number] = continuation
                    state.waiting.append(Entry(number: number, request: request))
                    guard state.calls < Self.mostCalls else { return false }
                    state.calls += 1
                    return true
                }
                if Task.isCancelled { cancel(number) }
                if begins { Task(executorPreference: executor) { await self.send() } }
            }
        } onCancel: {
            cancel(number)
        }
    }

    /// How many requests wait to be sent.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func cancel(_ number: Int) {
        let (caller, wasSent) = state.withLock { state in
            let index = state.waiting.firstIndex { $0.number == number }
            if let index { state.waiting.remove(at: index) }
            return (state.callers.removeValue(forKey: number), index == nil)
        }
        let message = wasSent ? "The events may have been added." : "The events were not sent."
        caller?.resume(throwing: RedisError(.cancelled, "Nobody waits any more. \(message)", mayHaveRun: wasSent))
    }

    /// Sends what waits, one call after the other.
    private func send() async {
        while let batch = takeBatch() {
            do {
                let outcomes = try await call(batch.map(\.request))
                guard outcomes.count == batch.count else {
                    throw RedisError(.unexpectedReply, "The queue answered other requests than it was asked.")
                }
                for (entry, outcome) in zip(batch, outcomes) { takeCaller(of: entry)?.resume(returning: outcome) }
            } catch {
                for entry in batch { takeCaller(of: entry)?.resume(throwing: error) }
            }
        }
    }

    private func takeCaller(of entry: Entry) -> CheckedContinuation<EnqueueOutcome, any Error>? {
        state.withLock { $0.callers.removeValue(forKey: entry.number) }
    }

    /// Takes what goes into one call, which is bounded, since the server does nothing else meanwhile.
    private func takeBatch() -> [Entry]? {
        state.withLock { state in
            var (events, bytes) = (0, 0)
            let count = state.waiting.prefix(Self.mostRequests).prefix { entry in
                defer {
                    events += entry.request.elements.count
                    bytes += entry.request.elements.reduce(0) { $0 + $1.body.count }
                }
                return events < Self.mostEvents && bytes < Self.mostBytes
            }.count
            guard count > 0 else {
                state.calls -= 1
                return nil
            }
            defer { state.waiting.removeFirst(count) }
            return Array(state.waiting.prefix(count))
        }
    }
}
