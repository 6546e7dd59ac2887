internal import Crypto
package import Monitoring

extension EventID {
    private static let madePrefix = "evt_"

    /// Makes an id: `evt_` and a ULID.
    package static func made(at moment: Timestamp) -> EventID {
        EventID(checked: ULID.text(at: moment, prefix: madePrefix))
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

    /// Whether it has the form that ``made(at:)`` gives: then its sender did not choose it.
    package var isMade: Bool {
        let digits = rawValue.utf8.dropFirst(Self.madePrefix.utf8.count)
        return rawValue.hasPrefix(Self.madePrefix) && digits.count == ULID.length
            && digits.allSatisfy(ULID.alphabet.contains)
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
