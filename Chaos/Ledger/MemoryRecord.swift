/// How much memory the processes of each role took.
struct MemoryRecord: Sendable {
    /// In bytes.
    struct Span: Sendable, Equatable {
        var start: Int
        var most: Int
        var end: Int
    }

    private(set) var spans: [Fault.Target: Span] = [:]
    private(set) var violations = ViolationLog()
    private let bound: Int

    /// Makes a record whose processes may have `bound` bytes.
    init(bound: Int) {
        self.bound = bound
    }

    /// Takes a sample.
    mutating func sampled(_ target: Fault.Target, _ bytes: Int) {
        var span = spans[target] ?? Span(start: bytes, most: bytes, end: bytes)
        span.most = max(span.most, bytes)
        span.end = bytes
        spans[target] = span
        if bytes > bound { violations.add(.memoryGrew, "\(target) has \(bytes >> 20) MB; at most \(bound >> 20)") }
    }
}
