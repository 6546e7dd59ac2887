/// What is wrong with the database, or with what was asked of it.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; its raw value is bounded and fit for a metric's label.
    package enum Code: String, Sendable {
        /// No such record.
        case notFound
        /// A name is taken, or the record was changed meanwhile.
        case conflict
        /// Another process has taken over what this one would write.
        case superseded
        /// The database can't be reached or can't write now; trying again later may help.
        case unavailable
        /// The database is not ours, is damaged, or is of a newer version.
        case unusable
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
