/// Ids that need no number to be asked for, and that sort by when they were made (https://github.com/ulid/spec).
///
/// Those of one time stand together in an index, where random ones would each touch a page of its own.
package enum ULID {
    /// What one consists of: Crockford's Base32, in lower case.
    package static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    /// How many digits one has: 10 of time and 16 random ones.
    package static let length = 26

    /// Makes one.
    ///
    /// - Parameters:
    ///   - moment: Its 48 bits of milliseconds.
    ///   - prefix: What stands before it.
    /// - Returns: The prefix and 26 digits, the last 16 of them 80 random bits.
    package static func text(at moment: Timestamp, prefix: String = "") -> String {
        var generator = SystemRandomNumberGenerator()
        return String(unsafeUninitializedCapacity: prefix.utf8.count + length) { bytes in
            var end = bytes.initialize(fromContentsOf: prefix.utf8)
            func put(_ bits: UInt64, digits: Int) {
                for digit in (0..<digits).reversed() {
                    bytes.initializeElement(at: end, to: alphabet[Int(bits >> (5 * UInt64(digit)) & 31)])
                    end += 1
                }
            }
            put(UInt64(clamping: moment.milliseconds) & 0xFFFF_FFFF_FFFF, digits: 10)
            put(generator.next(), digits: 8)
            put(generator.next(), digits: 8)
            return end
        }
    }
}
