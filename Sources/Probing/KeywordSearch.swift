internal import NIOCore

/// Looks for a text in a stream of bytes (Knuth, Morris, Pratt): keeps nothing of the stream but how far it matches.
struct KeywordSearch: Sendable {
    private let keyword: [UInt8]
    /// For each length of a match, that of the longest shorter match that is still possible.
    private let fallback: [Int]
    private var matched = 0

    /// Whether the text has been seen.
    private(set) var isFound: Bool

    init(_ text: String) {
        keyword = Array(text.utf8)
        var fallback = [Int](repeating: 0, count: keyword.count)
        var length = 0
        for index in keyword.indices.dropFirst() {
            while length > 0 && keyword[index] != keyword[length] { length = fallback[length - 1] }
            if keyword[index] == keyword[length] { length += 1 }
            fallback[index] = length
        }
        self.fallback = fallback
        isFound = keyword.isEmpty
    }

    /// Takes the next part of the stream.
    mutating func consume(_ part: ByteBufferView) {
        guard !isFound else { return }
        part.withUnsafeBytes { bytes in
            for byte in bytes {
                while matched > 0 && byte != keyword[matched] { matched = fallback[matched - 1] }
                if byte == keyword[matched] { matched += 1 }
                if matched == keyword.count {
                    isFound = true
                    return
                }
            }
        }
    }
}
