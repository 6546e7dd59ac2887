internal import GRDB
internal import Monitoring

extension StoreError {
    /// What the stores' callers are told of an error of SQLite's; theirs and a cancellation pass through.
    static func from(_ error: any Error) -> any Error {
        switch error {
        case is StoreError, is CancellationError: error
        case let error as DatabaseError: StoreError(error)
        default: StoreError(.unusable, "A row of the database can't be read: \(error)", cause: error)
        }
    }

    /// Whether one record of several may be to blame, rather than the database.
    var concernsOneRecord: Bool {
        switch (code, cause) {
        case (.unavailable, _): false
        case (_, let error as DatabaseError):
            [.SQLITE_CONSTRAINT, .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE].contains(error.resultCode)
        default: true
        }
    }

    private init(_ error: DatabaseError) {
        let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(.unavailable, "The disk of the database is full; free some space on it.", cause: error)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .unavailable,
                "The database is being written by another process (\(reason)); try again.",
                cause: error
            )
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            self.init(
                .unavailable,
                "The database can't be written (\(reason)); check who may write its file and folder.",
                cause: error
            )
        case .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_INTERRUPT, .SQLITE_ABORT, .SQLITE_PROTOCOL:
            self.init(
                .unavailable,
                "The database can't be read or written now (\(reason)); check its disk.",
                cause: error
            )
        case .SQLITE_CONSTRAINT:
            self.init(.conflict, "The database refuses the record: \(reason).", cause: error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .unusable,
                "The database is damaged (\(reason)); restore its last good copy.",
                cause: error
            )
        default:
            self.init(.unusable, "The database refuses what it is asked for: \(reason).", cause: error)
        }
    }
}
