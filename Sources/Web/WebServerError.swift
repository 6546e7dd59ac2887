/// Why the server can't listen.
package struct WebServerError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; its raw value is bounded and fit for a metric's label.
    package enum Code: String, Sendable {
        /// Another program listens there.
        case addressInUse
        /// The address is not this machine's, or may not be used.
        case unusableAddress
        /// A template or another file of the program is broken.
        case brokenAsset
    }

    package let code: Code
    /// One sentence that says what is wrong and what to do.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
