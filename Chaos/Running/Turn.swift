internal import Synchronization

/// Something that is not so, and from some moment on is.
final class Turn: Sendable {
    private let state = Mutex(false)

    var hasCome: Bool { state.withLock { $0 } }

    func come() { state.withLock { $0 = true } }
}
