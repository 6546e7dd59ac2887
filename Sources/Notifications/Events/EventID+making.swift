internal import Crypto

extension EventID {
    private static let madePrefix = "evt_"
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let randomLength = 26

    /// Makes an id of 130 random bits.
    package static func random() -> EventID {
        var generator = SystemRandomNumberGenerator()
        let id = String(unsafeUninitializedCapacity: madePrefix.utf8.count + randomLength) { bytes in
            var end = bytes.initialize(fromContentsOf: madePrefix.utf8)
            var bits: UInt64 = 0
            for index in 0..<randomLength {
                // One number of the system, which is a call into it, is enough for twelve digits.
                if index % 12 == 0 { bits = generator.next() }
                bytes.initializeElement(at: end, to: alphabet[Int(bits & 31)])
                bits >>= 5
                end += 1
            }
            return end
        }
        return EventID(checked: id)
    }

    /// Makes an id of a text that is none itself, always the same of the same text.
    package init(hashing text: String) {
        self.init(checked: "h_" + ContentHash.hex(of: Array(text.utf8)).prefix(60))
    }

    /// Makes the id of a CloudEvent, which is unique by its source and id together.
    package init(source: String, id: String) {
        // The length keeps ("a", "bc") and ("ab", "c") apart.
        self.init(hashing: "\(source.utf8.count):\(source)\(id)")
    }

    /// Whether it has the form that ``random()`` gives: then its sender did not choose it.
    package var isMade: Bool {
        let random = rawValue.utf8.dropFirst(Self.madePrefix.utf8.count)
        return rawValue.hasPrefix(Self.madePrefix) && random.count == Self.randomLength
            && random.allSatisfy(Self.alphabet.contains)
    }
}

/// SHA-256 as it is compared and kept in the queue.
package enum ContentHash {
    /// The hash in 64 hexadecimal digits.
    package static func hex(of bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in SHA256.hash(data: bytes) {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
