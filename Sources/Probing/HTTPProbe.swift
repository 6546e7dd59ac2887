package import Monitoring
package import NIOCore
package import Networking

/// Checks a website over a fresh connection, as a visitor would meet it.
package struct HTTPProbe: Probe {
    private let connector: GuardedConnector
    private let group: any EventLoopGroup
    private let tls: TLSClient
    private let userAgent: String
    private let time: any TimeSource

    /// Makes a probe, which loads the system's trust roots.
    ///
    /// - Parameters:
    ///   - connector: Every connection goes through it.
    ///   - group: Runs the connections.
    ///   - trustRoots: Paths of roots to trust beside the system's, in PEM.
    ///   - userAgent: What the probe calls itself.
    ///   - time: Tells whether a certificate has ended.
    /// - Throws: What is wrong with the trust roots.
    package init(
        connector: GuardedConnector,
        group: any EventLoopGroup,
        trustRoots: [String] = [],
        userAgent: String = "Tocsin/1.0",
        time: any TimeSource = SystemTime()
    ) throws {
        let tls = try TLSClient(additionalRoots: trustRoots)
        self.init(connector: connector, group: group, tls: tls, userAgent: userAgent, time: time)
    }

    init(
        connector: GuardedConnector,
        group: any EventLoopGroup,
        tls: TLSClient,
        userAgent: String = "Tocsin/1.0",
        time: any TimeSource = SystemTime()
    ) {
        self.connector = connector
        self.group = group
        self.tls = tls
        self.userAgent = userAgent
        self.time = time
    }

    package func check(_ target: ProbeTarget) async -> Observation {
        let eventLoop = group.next()
        var check = HTTPCheck(
            target,
            startedAt: .now(),
            connector: connector,
            eventLoop: eventLoop,
            tls: tls,
            userAgent: userAgent,
            time: time
        )
        return await withTaskExecutorPreference(EventLoopExecutor(eventLoop)) { await check.run() }
    }
}
