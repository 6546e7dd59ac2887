/// How it stands with the connections of a client and its sessions.
package struct RedisPoolCounts: Sendable, Equatable {
    /// Connections that can be used.
    package var connections = 0
    /// Requests that wait for their reply.
    package var requestsInFlight = 0
    /// Requests that wait for a connection.
    package var requestsWaiting = 0
    /// Connections that were made, ever.
    package var connects = 0
    /// Connections that could not be made, ever.
    package var connectFailures = 0

    static func + (first: Self, second: Self) -> Self {
        Self(
            connections: first.connections + second.connections,
            requestsInFlight: first.requestsInFlight + second.requestsInFlight,
            requestsWaiting: first.requestsWaiting + second.requestsWaiting,
            connects: first.connects + second.connects,
            connectFailures: first.connectFailures + second.connectFailures
        )
    }
}
