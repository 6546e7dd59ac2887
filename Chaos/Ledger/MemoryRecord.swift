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
    /// What caches and buffers may come to beside half as much again as at the start.
    static let allowance = 32 << 20

    /// Takes a sample.
    mutating func sampled(_ target: Fault.Target, _ bytes: Int) {
        var span = spans[target] ?? Span(start: bytes, most: bytes, end: bytes)
        span.most = max(span.most, bytes)
        span.end = bytes
        spans[target] = span
        let bound = span.start * 3 / 2 + Self.allowance
        if bytes > bound { violations.add(.memoryGrew, "\(target) has \(bytes >> 20) MB; at most \(bound >> 20)") }
    }
}
