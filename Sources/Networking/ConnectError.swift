internal import NIOCore

/// Why no connection came about.
package struct ConnectError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; its raw value is bounded and fit for a metric's label.
    package enum Code: String, Sendable {
        /// The guard refused every address of the name.
        case guarded
        /// The name could not be resolved.
        case dns
        /// No address accepted the connection.
        case connect
        /// The deadline passed; `isResolved` tells in which phase.
        case timedOut
        /// The caller gave up.
        case cancelled
    }

    package let code: Code
    /// One phrase for people, such as `connection refused by 192.0.2.7:443`.
    package let message: String
    /// Whether the cause may well be this machine rather than the site.
    package let isOurs: Bool
    /// How long the lookup took; nil where there was none, or where it did not end.
    package let dns: Duration?
    /// How long was tried to connect; nil where it was not begun.
    package let connect: Duration?
    /// The first address that was tried.
    package let address: IPAddress?
    package let cause: (any Error)?

    init(
        _ code: Code,
        _ message: String,
        isOurs: Bool = false,
        dns: Duration? = nil,
        connect: Duration? = nil,
        address: IPAddress? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.isOurs = isOurs
        self.dns = dns
        self.connect = connect
        self.address = address
        self.cause = cause
    }

    package var description: String { message }
}

/// One address that did not accept the connection.
struct FailedAttempt: Sendable {
    let address: IPAddress
    let error: any Error
}

extension [FailedAttempt] {
    /// All that was tried, in one phrase: addresses that failed alike share their reason.
    func summary(port: Int) -> (message: String, isOurs: Bool) {
        var reasons: [(reason: ConnectFailureReason, addresses: [String])] = []
        for attempt in self {
            let reason = ConnectFailureReason(attempt.error)
            let address = attempt.address.text(port: port)
            if let index = reasons.firstIndex(where: { $0.reason == reason }) {
                reasons[index].addresses.append(address)
            } else {
                reasons.append((reason, [address]))
            }
        }
        // That we have no IPv6 ourselves is no news beside a server that refused on IPv4.
        let theirs = reasons.filter { !$0.reason.isOurs }
        let told = (theirs.isEmpty ? reasons : theirs).map { entry in
            "\(entry.reason.text) \(entry.addresses.joined(separator: " and "))"
        }
        return (told.joined(separator: "; "), theirs.isEmpty)
    }
}
