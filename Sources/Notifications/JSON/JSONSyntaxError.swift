/// Why bytes are not JSON.
package struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where, counted from 0.
    package let offset: Int
    /// What is wrong there.
    package let reason: String

    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "not JSON: \(reason) at byte \(offset)" }
}
