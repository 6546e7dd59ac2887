/// What went wrong between us and a Redis server.
///
/// What a caller needs to know first is whether its command may have been applied: ``mayHaveRun``.
package struct RedisError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; its raw value is bounded and fit for a metric's label.
    package enum Code: String, Sendable {
        /// The URL or another setting is wrong.
        case configuration
        /// No connection could be made; the command was not sent.
        case connectionFailed
        /// The server refused the user name or password; the command was not sent.
        case authentication
        /// A limit of time passed; found as the cause of other errors.
        case timedOut
        /// The command was written and its reply was lost: it may or may not have been applied.
        case outcomeUnknown
        /// The command was not written: it is safe to repeat it.
        case notSent
        /// The server answered with an error, found in ``RedisError/reply``.
        case reply
        /// The server is full and refuses the functions that a call needs: nothing has run.
        case noRoomForFunctions
        /// WATCH found that a key had changed; nothing of the transaction was applied.
        case transactionAborted
        /// The server sent something that is no RESP, or a reply that nobody asked for.
        case protocolViolation
        /// The reply has another shape than the caller expected.
        case unexpectedReply
        /// The task was cancelled.
        case cancelled
        /// Too many commands wait for replies already; this one was not sent.
        case tooManyPending
        /// The client or session was closed; the command was not sent.
        case closed
    }

    package let code: Code
    /// One sentence that says what is wrong and what to do.
    package let message: String
    package let cause: (any Error)?
    /// The server's own words, where it answered with an error.
    package let reply: RedisReplyError?
    /// Whether the server may have applied the command; where it is false, repeating is safe.
    package let mayHaveRun: Bool

    /// Makes an error; `mayHaveRun` follows from the code unless it is given.
    package init(_ code: Code, _ message: String, cause: (any Error)? = nil, mayHaveRun: Bool? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        reply = nil
        self.mayHaveRun = mayHaveRun ?? Self.mayHaveRun(code)
    }

    /// Makes the error that stands for a server's error reply.
    package init(_ reply: RedisReplyError) {
        code = .reply
        message = "Redis answered \(reply)."
        cause = nil
        self.reply = reply
        mayHaveRun = !Self.refusals.contains(reply.code)
    }

    package var description: String { message }

    /// Error replies that a server gives instead of running a command.
    private static let refusals: Set<String> = [
        "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "MOVED", "ASK", "NOAUTH", "NOPERM", "EXECABORT",
        "UNBLOCKED",
    ]

    private static func mayHaveRun(_ code: Code) -> Bool {
        switch code {
        case .outcomeUnknown, .reply, .unexpectedReply, .protocolViolation: true
        case .configuration, .connectionFailed, .authentication, .timedOut, .notSent, .noRoomForFunctions,
            .transactionAborted, .cancelled, .tooManyPending, .closed:
            false
        }
    }
}
