/// What is wrong with the queue.
package struct QueueError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; its raw value is bounded and fit for a metric's label.
    package enum Code: String, Sendable {
        /// The broker can't be reached; try again later.
        case unavailable
        /// The broker is out of memory or disk and takes nothing in; try again later.
        case full
        /// The key holds something else, or the broker refuses what is asked.
        case refused
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
