internal import Monitoring

extension StoreError {
    /// What the stores' callers are told of an error of PostgreSQL's; theirs and a cancellation pass through.
    static func from(_ error: any Error) -> any Error {
        switch error {
        case is StoreError, is CancellationError: error
        case let error as PostgresError: StoreError(error)
        default: StoreError(.unusable, "A row of the database can't be read: \(error)", cause: error)
        }
    }

    /// Whether one record of several may be to blame, rather than the database.
    var concernsOneRecord: Bool {
        switch (code, cause) {
        case (.unavailable, _): false
        // Data exceptions, violated constraints, and limits of a row or an index entry.
        case (_, let error as PostgresError): error.state.map { ["22", "23", "54"].contains($0.category) } ?? false
        default: true
        }
    }

    private init(_ error: PostgresError) {
        switch error.code {
        case .notConnected, .busy, .connectionLost: self.init(.unavailable, error.message, cause: error)
        case .unexpectedData:
            self.init(.unusable, "A row of the database can't be read: \(error.message)", cause: error)
        case .refused(let state): self.init(error, state)
        }
    }

    private init(_ error: PostgresError, _ state: SQLState) {
        let reason = error.message
        switch state {
        case .diskFull:
            self.init(.unavailable, "The disk of the database is full; free some space on it.", cause: error)
        case .queryCanceled, .lockNotAvailable, .idleInTransaction:
            self.init(.unavailable, "The database took too long (\(reason)); try again.", cause: error)
        case .serializationFailure, .deadlockDetected:
            self.init(
                .unavailable,
                "Others changed the same rows again and again (\(reason)); try again.",
                cause: error
            )
        case .readOnlyTransaction:
            self.init(
                .unavailable,
                "The database can't be written (\(reason)); name its primary server with --database.",
                cause: error
            )
        case .insufficientPrivilege:
            self.init(
                .unusable,
                "The user of the database lacks a right (\(reason)); make it the owner of the database.",
                cause: error
            )
        default: self.init(error, category: state.category, reason)
        }
    }

    private init(_ error: PostgresError, category: Substring, _ reason: String) {
        switch category {
        // Connections, transactions that were undone, resources, the operator, the system.
        case "08", "40", "53", "57", "58":
            self.init(.unavailable, "The database can't be read or written now (\(reason)); try again.", cause: error)
        case "23":
            self.init(.conflict, "The database refuses the record: \(reason).", cause: error)
        case "28", "3D":
            self.init(
                .unusable,
                "The database does not let us in (\(reason)); check user, password and name in --database.",
                cause: error
            )
        case "XX":
            self.init(.unusable, "The database is damaged (\(reason)); restore its last good copy.", cause: error)
        default:
            self.init(.unusable, "The database refuses what it is asked for: \(reason).", cause: error)
        }
    }
}
