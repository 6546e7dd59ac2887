internal import NIOCore
internal import Synchronization

/// Commands that go out in one write, and whoever waits for their replies.
///
/// It is finished exactly once. Giving it up does not take it off its connection: its replies are still read there, and
/// dropped, so that its neighbours get theirs.
final class RedisRequest: Sendable {
    typealias Outcome = Result<[RESPValue], RedisError>
    typealias Completion = @Sendable (Outcome) -> Void

    private enum Phase {
        case created
        case waiting(Completion)
        case written(Completion)
        case finished
    }

    let payloads: [ByteBuffer]
    let replyCount: Int
    /// How much it takes of the bound on what waits: one for each command, and one for each 4 KiB.
    let weight: Int
    /// What errors call it: the name of its first command.
    let name: String
    let timeout: Duration
    let deadline: NIODeadline
    /// The only connection that will do, where the server keeps a state for it there.
    let connectionID: Int?
    private let phase = Mutex(Phase.created)

    init(_ commands: EncodedCommands, timeout: Duration, connectionID: Int? = nil) {
        payloads = commands.payloads
        replyCount = commands.count
        weight = commands.count + commands.readableBytes / 4_096
        name = commands.name
        self.timeout = timeout
        deadline = .now() + timeout.timeAmount
        self.connectionID = connectionID
    }

    /// Says who waits; false if it was given up already.
    func start(_ completion: @escaping Completion) -> Bool {
        let started = phase.withLock { phase in
            guard case .created = phase else { return false }
            phase = .waiting(completion)
            return true
        }
        if !started { completion(.failure(cancelled(written: false))) }
        return started
    }

    /// Called just before it is written; false if nobody waits any more, and it must not be written.
    func beginWriting() -> Bool {
        phase.withLock { phase in
            guard case .waiting(let completion) = phase else { return false }
            phase = .written(completion)
            return true
        }
    }

    /// Hands the outcome to whoever waits; without effect if it was finished before.
    func finish(_ outcome: Outcome) {
        let completion = phase.withLock { phase -> Completion? in
            defer { phase = .finished }
            switch phase {
            case .waiting(let completion), .written(let completion): return completion
            case .created, .finished: return nil
            }
        }
        completion?(outcome)
    }

    /// Gives it up, wherever it is.
    func cancel() {
        let (completion, written) = phase.withLock { phase -> (Completion?, Bool) in
            defer { phase = .finished }
            switch phase {
            case .waiting(let completion): return (completion, false)
            case .written(let completion): return (completion, true)
            case .created, .finished: return (nil, false)
            }
        }
        completion?(.failure(cancelled(written: written)))
    }

    /// Gives it up if it was not written; false if it was written and is not finished.
    func cancelUnlessWritten() -> Bool {
        let (completion, isOver) = phase.withLock { phase -> (Completion?, Bool) in
            switch phase {
            case .written: return (nil, false)
            case .waiting(let completion):
                phase = .finished
                return (completion, true)
            case .created, .finished:
                phase = .finished
                return (nil, true)
            }
        }
        completion?(.failure(cancelled(written: false)))
        return isOver
    }

    var isFinished: Bool {
        phase.withLock { if case .finished = $0 { true } else { false } }
    }

    private func cancelled(written: Bool) -> RedisError {
        RedisError(
            .cancelled,
            written
                ? "\(name) was cancelled while its reply was awaited; Redis may have applied it."
                : "\(name) was cancelled before it was sent.",
            mayHaveRun: written
        )
    }
}
