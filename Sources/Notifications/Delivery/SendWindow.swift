/// How many attempts may run at one channel at once.
///
/// It begins with one, so that a receiver which limits us is not called by others while its first answer is on the way,
/// and grows with each success, as TCP's window does (RFC 5681). When the receiver limits us it begins anew, and beyond
/// half of where it was it grows slowly.
struct SendWindow: Sendable, Equatable {
    /// How many rounds of successes allow one more beyond the threshold.
    private static let roundsOfStep = 16

    private let cap: Int
    private(set) var size = 1
    private var threshold: Int
    private var successes = 0

    /// - Parameter cap: The most attempts at once, at least 1.
    init(cap: Int) {
        self.cap = cap
        threshold = cap
    }

    /// The receiver took one.
    mutating func succeeded() {
        guard size < cap else { return }
        successes += 1
        guard size < threshold || successes >= size * Self.roundsOfStep else { return }
        size += 1
        successes = 0
    }

    /// The receiver asked for a pause.
    mutating func limited() {
        threshold = max(1, size / 2)
        size = 1
        successes = 0
    }
}
