package import NIOCore

/// Finds the addresses of a name.
package protocol HostResolver: Sendable {
    /// Resolves a name once, by the deadline.
    ///
    /// - Throws: ``ResolutionError``, also when cancelled.
    func resolve(_ host: String, deadline: NIODeadline) async throws(ResolutionError) -> Resolution
}

/// The addresses of a name, and how long it took to find them.
package struct Resolution: Sendable, Equatable {
    /// In the resolver's order of preference, without repeats.
    package let addresses: [IPAddress]
    package let duration: Duration

    package init(addresses: [IPAddress], duration: Duration) {
        self.addresses = addresses
        self.duration = duration
    }
}

/// Why a name has no address.
package struct ResolutionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure; its raw value is bounded and fit for a metric's label.
    package enum Code: String, Sendable, CaseIterable {
        /// The name does not exist.
        case noSuchHost
        /// The name exists without an address.
        case noAddress
        /// The text can't be a host's name.
        case invalidName
        /// The name server could not answer now: trouble of our own network as likely as of the site's.
        case temporary
        /// The resolver failed for good.
        case failed
        /// No answer by the deadline.
        case timedOut
        /// Too many names wait for an answer already.
        case overloaded
        /// The caller gave up.
        case cancelled
    }

    package let code: Code
    package let host: String
    /// The system's own words, where it has any.
    package let detail: String?

    package init(_ code: Code, host: String, detail: String? = nil) {
        self.code = code
        self.host = host
        self.detail = detail
    }

    /// Whether the cause may well be our own resolver or network rather than the site.
    package var isOurs: Bool {
        switch code {
        case .noSuchHost, .noAddress, .invalidName: false
        case .temporary, .failed, .timedOut, .overloaded, .cancelled: true
        }
    }

    package var description: String {
        let reason = detail.map { " (\($0))" } ?? ""
        return switch code {
        case .noSuchHost: "no such host: \(host)"
        case .noAddress: "\(host) has no address"
        case .invalidName: "“\(host)” is not a host name"
        case .temporary:
            "the name server could not answer for \(host) just now\(reason); check this machine's resolver and network"
        case .failed: "the resolver failed for \(host)\(reason); check this machine's resolver and network"
        case .timedOut:
            "the resolver did not answer for \(host) in time; check this machine's resolver and network"
        case .overloaded:
            "\(host) was not looked up, because too many names already wait for this machine's resolver"
        case .cancelled: "the lookup of \(host) was cancelled"
        }
    }
}
