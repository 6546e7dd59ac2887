internal import Monitoring
internal import NIOPosix
internal import Networking
internal import TestSupport

@testable internal import Probing

/// Makes a probe that may reach the local site, or one that may not.
func makeProbe(
    resolver: any HostResolver = StubResolver(addresses: ["localhost": ["127.0.0.1"]]),
    guarded: AddressGuard = AddressGuard(allowsPrivate: true),
    trustRoots: [String] = []
) throws -> HTTPProbe {
    HTTPProbe(
        connector: GuardedConnector(addressGuard: guarded, resolver: resolver),
        group: MultiThreadedEventLoopGroup.singleton,
        tls: trustRoots.isEmpty ? try systemRoots.get() : try TLSClient(additionalRoots: trustRoots)
    )
}

/// Loading the system's roots takes long in a debug build; most tests share them.
private let systemRoots = Result { try TLSClient(additionalRoots: []) }

extension HTTPProbe {
    /// Checks a URL with settings that differ from the defaults as told.
    func check(
        _ url: String,
        timeout: Duration = .seconds(20),
        _ change: (inout SiteSettings) -> Void = { _ in }
    ) async -> Observation {
        var settings = SiteSettings(url: url)
        change(&settings)
        return await check(ProbeTarget(settings: settings, timeout: timeout))
    }
}
