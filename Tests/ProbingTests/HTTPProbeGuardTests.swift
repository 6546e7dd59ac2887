internal import Monitoring
internal import Networking
internal import TestSupport
internal import Testing

@Suite struct HTTPProbeGuardTests {
    private let outside = AddressGuard(allowsPrivate: false)

    // PITFALLS 27
    @Test(
        "No spelling of the loopback address gets around the guard",
        arguments: [
            "127.0.0.1", "[::ffff:127.0.0.1]", "[::1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "0x7f000001",
            "017700000001", "127.1", "2130706433", "0.0.0.0", "localhost", "[::127.0.0.1]", "[2002:7f00:1::]",
            "①②⑦.0.0.1",
        ]
    )
    func loopback(_ host: String) async throws {
        try await LocalSite.with { site in
            let seen = try await makeProbe(resolver: SystemResolver(), guarded: outside)
                .check("http://\(host):\(site.port)/")
            #expect(seen.verdict == .down)
            #expect(seen.failure?.phase == .guarded)
            #expect(seen.failure?.message.contains("network.allow") == true)
            #expect(site.acceptedConnections == 0)
        }
    }

    // PITFALLS 27
    @Test func `a name that changes its answer from hop to hop is judged at each`() async throws {
        let resolver = StubResolver(["rebind.example": [.success(["127.0.0.1"]), .success(["127.0.0.3"])]])
        try await LocalSite.with({ _ in .redirect(to: "/again") }) { site in
            let guarded = AddressGuard(allow: [try CIDR("127.0.0.1")], allowsPrivate: false)
            let seen = try await makeProbe(resolver: resolver, guarded: guarded)
                .check("http://rebind.example:\(site.port)/")
            #expect(seen.failure?.phase == .guarded)
            #expect(seen.failure?.message.contains("127.0.0.3") == true)
            #expect(resolver.questions.count == 2)
            #expect(site.acceptedConnections == 1)
        }
    }

    // PITFALLS 27
    @Test func `a denied block is denied also where private addresses are allowed`() async throws {
        try await LocalSite.with { site in
            let guarded = AddressGuard(deny: [try CIDR("127.0.0.0/8")], allowsPrivate: true)
            let seen = try await makeProbe(guarded: guarded).check(site.url())
            #expect(seen.failure?.message == "127.0.0.1 is denied by network.deny (127.0.0.0/8)")
            #expect(site.acceptedConnections == 0)
        }
    }
}
