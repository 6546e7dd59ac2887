internal import Monitoring
internal import Redis

extension RedisJobStream {
    /// Replies that ask for patience: another server, more memory, or the end of a load is on its way.
    private static let passing: Set<String> = [
        "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "MISCONF", "NOREPLICAS",
        "EXECABORT", "NOGROUP", "UNBLOCKED", "MOVED", "ASK",
    ]

    /// What the port's callers are told.
    ///
    /// - Parameters:
    ///   - error: What went wrong.
    ///   - repeatable: Whether repeating does no harm, so that a lost reply need not be told from a failure.
    /// - Returns: A ``JobStreamError``, or `CancellationError`.
    func translate(_ error: any Error, repeatable: Bool = true) -> any Error {
        guard let error = error as? RedisError else { return error }
        switch error.code {
        case .cancelled:
            return CancellationError()
        case .outcomeUnknown, .protocolViolation:
            if repeatable { return JobStreamError(.unavailable, error.message, cause: error) }
            return JobStreamError(.outcomeUnknown, error.message, cause: error)
        case .reply where error.reply?.code == "OOM":
            return JobStreamError(
                .unavailable,
                "Redis is full (maxmemory) and takes no jobs in; raise its maxmemory, or delete what else is in it. What "
                    + "waits is worked off meanwhile.",
                cause: error
            )
        case .reply where Self.passing.contains(error.reply?.code ?? ""):
            return JobStreamError(.unavailable, error.message, cause: error)
        case .reply:
            return JobStreamError(
                .refused,
                "\(error.message) \(keys.stream) must be a stream, and its user allowed to write it.",
                cause: error
            )
        case .configuration, .authentication, .unexpectedReply:
            return JobStreamError(.refused, error.message, cause: error)
        case .connectionFailed, .timedOut, .notSent, .noRoomForFunctions, .transactionAborted, .tooManyPending,
            .closed:
            return JobStreamError(.unavailable, error.message, cause: error)
        }
    }
}
