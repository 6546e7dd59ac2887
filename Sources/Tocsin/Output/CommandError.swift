internal import ArgumentParser

/// Why a command ends without having done what it was asked to do.
struct CommandError: Error, Sendable, CustomStringConvertible {
    /// What the process's exit status says.
    enum Status: Int32, Sendable {
        /// The rest.
        case failure = 1
        /// The command was used wrongly (`EX_USAGE`).
        case usage = 64
        /// A server can't be reached (`EX_UNAVAILABLE`).
        case unavailable = 69
    }

    let status: Status
    /// One sentence that says what is wrong and what to do.
    let message: String
    let cause: (any Error)?

    init(_ status: Status, _ message: String, cause: (any Error)? = nil) {
        self.status = status
        self.message = message
        self.cause = cause
    }

    var description: String { message }

    /// The exit status that an error ends the process with.
    static func status(of error: any Error) -> Int32 {
        switch error {
        case let error as CommandError: error.status.rawValue
        case is ConfigurationError: Status.usage.rawValue
        case let code as ExitCode: code.rawValue
        default: Status.failure.rawValue
        }
    }
}
