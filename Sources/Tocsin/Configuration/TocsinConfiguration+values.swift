internal import Foundation
internal import Logging
internal import Monitoring
internal import Networking

/// How the text of single settings is read. Each throws ``Expected`` with what would be right.
extension TocsinConfiguration {
    /// What a value should have been, to follow "; it must be".
    struct Expected: Error {
        let words: String

        init(_ words: String) {
            self.words = words
        }
    }

    static func highWater(_ text: String, of maxLength: Int) throws -> Int {
        let expected = Expected("a share of stream.maxLength above 0 and up to 1, such as 0.8, or a count of 2 or more")
        if let count = Int(text), count >= 2 { return count }
        guard let share = Double(text), share > 0, share <= 1 else { throw expected }
        return max(1, Int((Double(maxLength) * share).rounded()))
    }

    static func name(_ text: String) throws -> String {
        guard (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({
                $0 < 0x80
                    && (Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber
                        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_"))
            })
        else { throw Expected("1 to 64 letters, digits, - or _") }
        return text
    }

    static func redisKey(_ text: String) throws -> String {
        // Braces would change the cluster slot that our companions of the key are put into.
        guard (1...200).contains(text.utf8.count),
            text.unicodeScalars.allSatisfy({
                $0.isASCII && $0.value > 0x20 && $0.value < 0x7F && $0 != "{" && $0 != "}"
            })
        else { throw Expected("1 to 200 visible ASCII characters without braces") }
        return text
    }

    static func httpURL(_ text: String) throws -> String {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = url.host(), !host.isEmpty
        else { throw Expected("a URL with its scheme, such as https://example.com/hook") }
        return text
    }

    static func socketPath(_ text: String) throws -> String {
        guard !text.isEmpty, !text.contains("\0"), text.utf8.count <= ClientEnvironment.longestSocketPath else {
            throw Expected(
                "a path of at most \(ClientEnvironment.longestSocketPath) bytes, which is all that a socket's name may have"
            )
        }
        return text
    }

    static func logLevel(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text.lowercased()) else {
            throw Expected("one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return level
    }

    static func secret(_ text: String) throws -> String {
        guard text.utf8.count >= 16 else {
            throw Expected("16 characters or more, such as `openssl rand -base64 32` prints")
        }
        return text
    }

    static func addressRange(_ text: String) throws -> CIDR {
        do {
            return try CIDR(text)
        } catch {
            throw Expected("a list of address ranges, such as 10.0.0.0/8 or fd00::/8: \(error.message)")
        }
    }
}
