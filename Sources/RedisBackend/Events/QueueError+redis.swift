internal import Notifications
internal import Redis

extension QueueError {
    /// What a failure of Redis means to who uses the queue; a cancellation stays one.
    static func failure(_ error: any Error, key: String) -> any Error {
        guard let error = error as? RedisError else { return error }
        if let reply = error.reply { return failure(reply, key: key, cause: error) }
        switch error.code {
        case .cancelled: return CancellationError()
        case .configuration, .authentication: return QueueError(.refused, error.message, cause: error)
        default: return QueueError(.unavailable, error.message, cause: error)
        }
    }

    private static func failure(_ reply: RedisReplyError, key: String, cause: RedisError) -> QueueError {
        switch reply.code {
        case "OOM":
            QueueError(
                .full,
                "Redis is out of memory and takes no events in: let the queue drain, or raise its maxmemory.",
                cause: cause
            )
        case "MISCONF":
            QueueError(.full, "Redis can't write to its disk and takes no events in: make room on it.", cause: cause)
        case "WRONGTYPE":
            QueueError(
                .refused,
                "The Redis key \(key), or one of those beside it, holds something that is no queue of ours: "
                    + "rename that key, or set queue.key to another.",
                cause: cause
            )
        case "NOPERM":
            QueueError(
                .refused,
                "The Redis user may not use the queue: allow it the keys \(key) and {\(key)}:*, FCALL, FUNCTION and INFO.",
                cause: cause
            )
        case "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "BUSY", "NOREPLICAS", "TRYAGAIN", "UNBLOCKED":
            QueueError(.unavailable, "Redis can't serve the queue now: \(reply)", cause: cause)
        default:
            QueueError(.refused, "Redis refuses a step of the queue: \(reply)", cause: cause)
        }
    }
}
