/// What is wrong with a connection, or with a statement.
///
/// ``PostgresDatabase`` makes a `StoreError` of it; a store looks at it where a constraint has a meaning of its own.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    package enum Code: Sendable, Equatable {
        /// There is no connection to be had; nothing was sent.
        case notConnected
        /// All connections were in use for as long as the caller would wait; nothing was sent.
        case busy
        /// The connection broke or fell silent; whether a statement in flight took effect is not known.
        case connectionLost
        /// The server refused the statement, with this SQLSTATE; it has changed nothing.
        case refused(SQLState)
        /// A result is not what its reader expects.
        case unexpectedData
    }

    package let code: Code
    /// One sentence, without any value of a row and without the password.
    package let message: String
    /// The constraint that was violated.
    package let constraint: String?

    init(_ code: Code, _ message: String, constraint: String? = nil) {
        self.code = code
        self.message = message
        self.constraint = constraint
    }

    package var description: String { message }

    /// What the server refused the statement for.
    package var state: SQLState? {
        guard case .refused(let state) = code else { return nil }
        return state
    }

    /// Whether the transaction is known to be undone for a reason that another try may not meet.
    var isWorthAnotherTry: Bool {
        state == .serializationFailure || state == .deadlockDetected
    }
}

/// The code of an error (PostgreSQL's documentation, appendix A).
package struct SQLState: Sendable, Hashable {
    package let code: String

    /// The first two characters, which name the class.
    var category: Substring { code.prefix(2) }

    package static let uniqueViolation = Self(code: "23505")
    static let serializationFailure = Self(code: "40001")
    static let deadlockDetected = Self(code: "40P01")
    static let failedTransaction = Self(code: "25P02")
    static let readOnlyTransaction = Self(code: "25006")
    static let idleInTransaction = Self(code: "25P03")
    static let queryCanceled = Self(code: "57014")
    static let diskFull = Self(code: "53100")
    static let tooManyConnections = Self(code: "53300")
    static let insufficientPrivilege = Self(code: "42501")
    static let lockNotAvailable = Self(code: "55P03")
}
