import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension RedisError {
    static func tooManyPending(_ command: String) -> RedisError {
        RedisError(
            .tooManyPending,
            "\(command) was not sent: too many commands wait for Redis already. Send less, or wait for replies first."
        )
    }

    static func notSentInTime(_ command: String, _ limit: Duration) -> RedisError {
        RedisError(
            .notSent,
            "\(command) was not sent within \(limit.text).",
            cause: RedisError(.timedOut, "The time limit passed.")
        )
    }

    static func outcomeUnknown(_ command: String, because reason: RedisError) -> RedisError {
        RedisError(
            .outcomeUnknown,
            "\(command) was sent, and its reply was lost: \(reason.message)",
            cause: reason
        )
    }

    static func closed(_ command: String) -> RedisError {
        RedisError(.closed, "\(command) was not sent: the Redis client was closed.")
    }

    /// Says in one sentence why there is no connection.
    static func connection(to address: String, failed error: any Error) -> RedisError {
        if let error = error as? RedisError { return error }
        return RedisError(
            .connectionFailed,
            "Can't talk to Redis at \(address): \(sentence(of: error)).",
            cause: error
        )
    }

    private static func sentence(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return sentence(of: first.error) }
            return "the host name \(error.host) is not known"
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: return "the connection was refused; is a Redis server running there"
            case ECONNRESET, EPIPE: return "the connection was lost"
            case EHOSTUNREACH, ENETUNREACH: return "the host can't be reached"
            default: return String(cString: strerror(error.errnoCode))
            }
        case ChannelError.connectTimeout: return "it did not answer in time"
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            return "TLS failed (\(error)); a CA of your own is named with ?ca=PATH"
        default: return "\(error)"
        }
    }
}
