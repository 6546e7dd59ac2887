internal import NIOCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Why one address did not accept a connection, in words that an address can follow.
struct ConnectFailureReason: Equatable {
    let text: String
    /// Whether the cause is this machine.
    let isOurs: Bool

    init(_ error: any Error) {
        if case .connectTimeout? = error as? ChannelError {
            (text, isOurs) = ("no answer from", false)
            return
        }
        guard let error = error as? IOError else {
            (text, isOurs) = ("could not connect (\(error)) to", false)
            return
        }
        (text, isOurs) =
            switch error.errnoCode {
            case ECONNREFUSED: ("connection refused by", false)
            case ECONNRESET: ("connection reset by", false)
            case ETIMEDOUT: ("no answer from", false)
            case EHOSTUNREACH: ("no route to", false)
            case ENETUNREACH: ("this machine has no network that leads to", true)
            case ENETDOWN: ("this machine's network is down, so no way to", true)
            case EMFILE, ENFILE: ("this process has too many open files (raise ulimit -n) to connect to", true)
            case EADDRNOTAVAIL: ("this machine has no free port or address to connect to", true)
            case EACCES, EPERM: ("this machine's firewall does not let us connect to", true)
            case EAFNOSUPPORT: ("this machine does not support the kind of address of", true)
            default: ("could not connect (\(String(cString: strerror(error.errnoCode)))) to", false)
            }
    }
}
