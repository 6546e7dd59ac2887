package import NIOCore

/// Decides which addresses checks and channels may connect to.
///
/// Whoever may add a site or a channel makes this process send requests; without the guard they would reach the
/// cloud's metadata service and the inner network. It judges the address that is connected to, never a name.
package struct AddressGuard: Sendable, Equatable {
    /// Blocks that are allowed although they are private (`network.allow`).
    package let allow: [CIDR]
    /// Blocks that are denied; wins over `allow` (`network.deny`).
    package let deny: [CIDR]
    /// Whether loopback and private ranges are allowed without being named.
    package let allowsPrivate: Bool

    package init(allow: [CIDR] = [], deny: [CIDR] = [], allowsPrivate: Bool) {
        self.allow = allow
        self.deny = deny
        self.allowsPrivate = allowsPrivate
    }

    /// Passes or refuses an address.
    ///
    /// - Throws: ``AddressRefused`` with the reason and the key to set.
    package func check(_ address: IPAddress) throws(AddressRefused) {
        for part in [address] + address.embedded {
            if let block = deny.first(where: { $0.contains(part) }) {
                throw AddressRefused(.denied, address, part, "is denied by network.deny (\(block))")
            }
        }
        // An address that only stands for another is what that other is: allowing the form allows nothing.
        let judged = address.isTranslated ? address.embedded : [address] + address.embedded
        for part in judged { try judge(part, in: address) }
    }

    /// Passes or refuses the address of a socket, such as that of a connection just made.
    ///
    /// - Throws: ``AddressRefused`` with the reason and the key to set.
    package func check(_ address: SocketAddress) throws(AddressRefused) {
        guard let address = IPAddress(address) else { throw AddressRefused.notAnAddress }
        try check(address)
    }

    /// Closes a connected channel and fails unless its peer's address passes.
    ///
    /// For clients that resolve by themselves: called before the first request is written, it holds whatever the
    /// name resolved to at that moment.
    package func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        do {
            guard let address = channel.remoteAddress else { throw AddressRefused.notAnAddress }
            try check(address)
            return channel.eventLoop.makeSucceededVoidFuture()
        } catch {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    private func judge(_ part: IPAddress, in address: IPAddress) throws(AddressRefused) {
        let kind = AddressKind(part)
        switch kind {
        case .global:
            return
        case .metadata, .linkLocal, .multicast, .broadcast:
            throw AddressRefused(.never, address, part, "is \(kind.name), which is never connected to")
        case .reserved, .unspecified, .loopback, .privateRange, .special:
            if allow.contains(where: { $0.contains(part) }) { return }
            if allowsPrivate && kind != .reserved { return }
            throw AddressRefused(
                .notAllowed,
                address,
                part,
                "is \(kind.name), which is not allowed here; to allow it, add \(part) to network.allow"
            )
        }
    }
}

/// The guard refused an address.
package struct AddressRefused: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of refusal; its raw value is bounded and fit for a metric's label.
    package enum Code: String, Sendable {
        /// Link-local, metadata, multicast: no setting allows it.
        case never
        /// Named by `network.deny`.
        case denied
        /// Private, and not named by `network.allow`.
        case notAllowed
        /// Not an IP address at all.
        case notAnAddress
    }

    package let code: Code
    /// The address that would have been connected to.
    package let address: IPAddress?
    /// One sentence that says what was refused, why, and which key to set.
    package let message: String

    fileprivate init(_ code: Code, _ address: IPAddress, _ part: IPAddress, _ reason: String) {
        self.code = code
        self.address = address
        message = address == part ? "\(address) \(reason)" : "\(address), which leads to \(part), \(reason)"
    }

    private init(code: Code, message: String) {
        self.code = code
        address = nil
        self.message = message
    }

    fileprivate static let notAnAddress = AddressRefused(
        code: .notAnAddress,
        message: "the connection's peer has no IP address, so it can't be judged"
    )

    package var description: String { message }
}
