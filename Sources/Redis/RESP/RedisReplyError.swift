/// A server's error reply, such as `WRONGTYPE Operation against a key …`.
package struct RedisReplyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The first word, in capitals, such as `ERR` or `READONLY`.
    package let code: String
    /// The rest of the line.
    package let message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    /// Splits a line as the server sends it; a line that begins with no code in capitals gets `ERR`.
    init(line: String) {
        let word = line.prefix { $0 != " " }
        if !word.isEmpty, word.utf8.allSatisfy({ (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }) {
            code = String(word)
            message = String(line.dropFirst(word.count + 1))
        } else {
            code = "ERR"
            message = line
        }
    }

    package var description: String { message.isEmpty ? code : "\(code) \(message)" }

    /// Whether an FCALL found its function missing, in which case nothing ran.
    package var isFunctionNotFound: Bool { code == "ERR" && message.hasPrefix("Function not found") }

    /// Whether this server can't serve us now while another, reached by connecting again, may.
    var asksForAnotherServer: Bool { code == "READONLY" || code == "LOADING" }
}
