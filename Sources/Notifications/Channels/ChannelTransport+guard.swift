package import AsyncHTTPClient
package import Monitoring
package import Networking

extension ChannelTransport {
    /// The configuration of the client whose connections a guard admits.
    package static func configuration(addressGuard: AddressGuard) -> HTTPClient.Configuration {
        configuration { addressGuard.admit($0) }
    }

    /// Takes a client made with ``configuration(addressGuard:)``, and the connector that judges a host beforehand.
    ///
    /// The connector refuses before anything is sent, a TLS greeting included; the client's own check holds for a name
    /// that resolves otherwise a moment later.
    package init(client: HTTPClient, connector: GuardedConnector, time: any TimeSource) {
        self.init(client: client, time: time) { host, deadline in
            try await connector.preflight(host, deadline: deadline)
        }
    }
}
