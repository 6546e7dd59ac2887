internal import NIOCore

/// The first KiB of an answer's body, kept as evidence.
struct BodyStart: Sendable {
    /// The most that is kept, in bytes.
    static let limit = 1_024

    private var bytes: [UInt8] = []
    private var isCut = false

    /// Takes the next part of the body.
    mutating func append(_ part: ByteBufferView) {
        let room = Self.limit - bytes.count
        bytes += part.prefix(room)
        if part.count > room { isCut = true }
    }

    /// Text of at most the limit in UTF-8, or nil if the body was empty.
    ///
    /// What is not UTF-8, and NUL, which databases refuse in a text, becomes U+FFFD.
    var text: String? {
        guard !bytes.isEmpty else { return nil }
        let whole = isCut ? bytes.dropLast(Self.incompleteTail(bytes)) : bytes[...]
        var text = ""
        var size = 0
        for scalar in String(decoding: whole, as: UTF8.self).unicodeScalars {
            let kept = scalar == "\0" ? "\u{fffd}" : scalar
            size += UTF8.width(kept)
            if size > Self.limit { break }
            text.unicodeScalars.append(kept)
        }
        return text
    }

    /// How many bytes at the end begin a character that the cut took the rest of.
    private static func incompleteTail(_ bytes: [UInt8]) -> Int {
        for (index, byte) in bytes.reversed().prefix(4).enumerated() where byte & 0xc0 != 0x80 {
            let length =
                switch byte {
                case 0xc0...0xdf: 2
                case 0xe0...0xef: 3
                case 0xf0...0xf7: 4
                default: 1
                }
            return length > index + 1 ? index + 1 : 0
        }
        return 0
    }
}
