package import NIOCore

/// A connection that passed the guard.
package struct GuardedConnection<Value: Sendable>: Sendable {
    package let channel: any Channel
    /// The very address that was judged and connected to.
    package let address: IPAddress
    /// How long the lookup took; nil where an address was given.
    package let dns: Duration?
    package let connect: Duration
    /// What configuring the channel returned.
    package let value: Value
}

/// Resolves a name once, judges every address, and connects to one that passed.
///
/// There is no second lookup between the judgement and the connection that could answer otherwise.
package struct GuardedConnector: Sendable {
    package let addressGuard: AddressGuard
    private let resolver: any HostResolver
    private let stagger: TimeAmount
    private let maximumAddresses: Int

    /// Makes a connector.
    ///
    /// - Parameters:
    ///   - addressGuard: Judges each address.
    ///   - resolver: Resolves names.
    ///   - stagger: How long an address may keep silent before the next is tried beside it.
    ///   - maximumAddresses: How many addresses of a name are tried at most.
    package init(
        addressGuard: AddressGuard,
        resolver: any HostResolver,
        stagger: TimeAmount = .milliseconds(250),
        maximumAddresses: Int = 6
    ) {
        self.addressGuard = addressGuard
        self.resolver = resolver
        self.stagger = stagger
        self.maximumAddresses = maximumAddresses
    }

    /// Connects to a host by the deadline.
    ///
    /// - Parameters:
    ///   - host: A name, or the literal of an address without brackets.
    ///   - port: From 1 to 65535.
    ///   - eventLoop: Runs the connection.
    ///   - deadline: When to give up.
    ///   - configure: Puts the handlers in; called once, on the event loop, before the winner has read a byte.
    /// - Returns: The connection, with how long its phases took.
    /// - Throws: ``ConnectError`` with the phase that failed.
    package func connect<Value: Sendable>(
        to host: String,
        port: Int,
        on eventLoop: any EventLoop,
        deadline: NIODeadline,
        configure: @escaping @Sendable (any Channel) throws -> Value
    ) async throws(ConnectError) -> GuardedConnection<Value> {
        let (addresses, dns) = try await admissibleAddresses(of: host, deadline: deadline)
        let started = NIODeadline.now()
        let promise = eventLoop.makePromise(of: ConnectionRace<Value>.Winner.self)
        let race = NIOLoopBoundBox<ConnectionRace<Value>?>.makeEmptyBox(eventLoop: eventLoop)
        eventLoop.execute {
            let new = ConnectionRace(
                addresses: addresses,
                port: port,
                deadline: deadline,
                stagger: stagger,
                promise: promise,
                configure: configure
            )
            race.value = new
            new.advance()
        }
        do {
            let winner = try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                eventLoop.execute { race.value?.cancel() }
            }
            return GuardedConnection(
                channel: winner.channel,
                address: winner.address,
                dns: dns,
                connect: winner.duration,
                value: winner.value
            )
        } catch {
            throw Self.error(
                error,
                addresses: addresses,
                port: port,
                dns: dns,
                connect: Duration(NIODeadline.now() - started),
                deadline: deadline
            )
        }
    }

    /// Resolves a host and judges its addresses without connecting.
    ///
    /// Tells early, and in clear words, that a client with a connection pool of its own would be refused; that client
    /// still has to ask ``AddressGuard/admit(_:)`` of each connection, for a name's address may change.
    ///
    /// - Throws: ``ConnectError`` with the phase that failed.
    package func preflight(_ host: String, deadline: NIODeadline) async throws(ConnectError) {
        _ = try await admissibleAddresses(of: host, deadline: deadline)
    }

    /// The addresses that passed, IPv6 and IPv4 by turns, and how long the lookup took.
    private func admissibleAddresses(
        of host: String,
        deadline: NIODeadline
    ) async throws(ConnectError) -> (addresses: [IPAddress], dns: Duration?) {
        let resolution: Resolution?
        if IPAddress(host) != nil {
            resolution = nil
        } else {
            do throws(ResolutionError) {
                resolution = try await resolver.resolve(host, deadline: deadline)
            } catch {
                let code: ConnectError.Code =
                    switch error.code {
                    case .timedOut: .timedOut
                    case .cancelled: .cancelled
                    default: .dns
                    }
                throw ConnectError(code, error.description, isOurs: error.isOurs, cause: error)
            }
        }
        let candidates = resolution?.addresses ?? IPAddress(host).map { [$0] } ?? []
        var passed: [IPAddress] = []
        var refusal: AddressRefused?
        for address in candidates {
            do {
                try addressGuard.check(address)
                passed.append(address)
            } catch {
                refusal = refusal ?? error
            }
        }
        guard passed.isEmpty else {
            return (Array(Self.alternating(passed).prefix(maximumAddresses)), resolution?.duration)
        }
        guard let refusal else {
            throw ConnectError(.dns, "\(host) has no address", dns: resolution?.duration)
        }
        let message = resolution == nil ? refusal.message : "\(host) resolves to an address that is refused: \(refusal)"
        throw ConnectError(
            .guarded,
            message,
            dns: resolution?.duration,
            address: refusal.address,
            cause: refusal
        )
    }

    /// Keeps the order within each family, and lets the families take turns, the first address's family first.
    private static func alternating(_ addresses: [IPAddress]) -> [IPAddress] {
        guard let width = addresses.first?.width else { return [] }
        var first = addresses.filter { $0.width == width }[...]
        var second = addresses.filter { $0.width != width }[...]
        var result: [IPAddress] = []
        while let next = first.popFirst() {
            result.append(next)
            if let other = second.popFirst() { result.append(other) }
        }
        return result + second
    }

    private static func error(
        _ error: any Error,
        addresses: [IPAddress],
        port: Int,
        dns: Duration?,
        connect: Duration,
        deadline: NIODeadline
    ) -> ConnectError {
        let code: ConnectError.Code
        let message: String
        var isOurs = false
        switch error {
        case is CancellationError:
            (code, message) = (.cancelled, "the connection was given up")
        case let lost as RaceLost:
            (message, isOurs) = lost.failures.summary(port: port)
            // The connection attempts' own time limit is the deadline.
            code = deadline <= .now() ? .timedOut : .connect
        default:
            (code, message) = (.connect, "the connection could not be set up (\(error))")
        }
        return ConnectError(
            code,
            message,
            isOurs: isOurs,
            dns: dns,
            connect: connect,
            address: addresses.first,
            cause: error
        )
    }
}
