internal import Monitoring
internal import NIOPosix
internal import Networking
internal import Probing

/// The one check that `tocsin check` makes.
enum CheckProbe {
    /// Checks a target from here; whoever runs the command may reach what this machine reaches.
    ///
    /// - Throws: ``CommandError`` where this machine's trust roots can't be read.
    static func check(_ target: ProbeTarget) async throws -> Observation {
        let group = MultiThreadedEventLoopGroup.singleton
        let connector = GuardedConnector(
            addressGuard: AddressGuard(allowsPrivate: true),
            resolver: SystemResolver(group: group, threads: 1, limit: 16)
        )
        let probe: HTTPProbe
        do {
            probe = try HTTPProbe(connector: connector, group: group)
        } catch {
            throw CommandError(.failure, "Nothing can be checked from here: \(error)", cause: error)
        }
        return await probe.check(target)
    }
}
