internal import NIOCore
internal import NIOPosix
internal import Networking
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(1))) struct GuardedConnectorTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func connect(
        _ connector: GuardedConnector,
        to host: String,
        port: Int,
        within limit: TimeAmount = .seconds(20)
    ) async throws(ConnectError) -> GuardedConnection<Int> {
        let connection = try await connector.connect(to: host, port: port, on: loop, deadline: .now() + limit) {
            _ in 7
        }
        connection.channel.close(promise: nil)
        return connection
    }

    private func connector(
        _ addresses: [String: [String]] = [:],
        allowsPrivate: Bool = true,
        deny: [CIDR] = []
    ) -> GuardedConnector {
        GuardedConnector(
            addressGuard: AddressGuard(deny: deny, allowsPrivate: allowsPrivate),
            resolver: StubResolver(addresses: addresses),
            stagger: .milliseconds(20)
        )
    }

    @Test func `it connects to a name's address and tells how long that took`() async throws {
        try await LocalSite.with { site in
            let connector = connector(["site.example": ["127.0.0.1"]])
            let connection = try await connect(connector, to: "site.example", port: site.port)
            #expect(connection.address == IPAddress("127.0.0.1"))
            #expect(connection.dns == .milliseconds(1))
            #expect(connection.connect > .zero)
            #expect(connection.value == 7)
        }
    }

    @Test func `a literal is not looked up, but judged`() async throws {
        try await LocalSite.with { site in
            let open = try await connect(connector(), to: "127.0.0.1", port: site.port)
            #expect(open.dns == nil)
            let error = await #expect(throws: ConnectError.self) {
                try await connect(connector(allowsPrivate: false), to: "127.0.0.1", port: site.port)
            }
            #expect(error?.code == .guarded)
            #expect(error?.message.contains("network.allow") == true)
            #expect(site.acceptedConnections == 1)
        }
    }

    // PITFALLS 27
    @Test func `a name that changes its address between check and connect gains nothing`() async throws {
        try await LocalSite.with { site in
            let resolver = StubResolver(
                ["rebind.example": [.success(["127.0.0.2"]), .success(["127.0.0.1"])]]
            )
            let connector = GuardedConnector(
                addressGuard: AddressGuard(allow: [try CIDR("127.0.0.2")], allowsPrivate: false),
                resolver: resolver
            )
            // The answer that was judged is the one that is connected to: nothing asks a second time.
            let first = await #expect(throws: ConnectError.self) {
                try await connect(connector, to: "rebind.example", port: site.port)
            }
            #expect(first?.message == "connection refused by 127.0.0.2:\(site.port)")
            #expect(resolver.questions == ["rebind.example"])
            let error = await #expect(throws: ConnectError.self) {
                try await connect(connector, to: "rebind.example", port: site.port)
            }
            #expect(error?.code == .guarded)
            #expect(site.acceptedConnections == 0)
        }
    }

    // PITFALLS 27
    @Test(
        "A name that resolves to a forbidden form is refused",
        arguments: ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "169.254.169.254", "0.0.0.0"]
    )
    func forbiddenForms(_ address: String) async throws {
        try await LocalSite.with { site in
            let connector = connector(["evil.example": [address]], allowsPrivate: false)
            let error = await #expect(throws: ConnectError.self) {
                try await connect(connector, to: "evil.example", port: site.port)
            }
            #expect(error?.code == .guarded)
            #expect(error?.message.hasPrefix("evil.example resolves to an address that is refused: ") == true)
            #expect(site.acceptedConnections == 0)
        }
    }

    // PITFALLS 27
    @Test(
        "Odd spellings of an address are judged by what the system makes of them",
        arguments: ["0x7f000001", "017700000001", "127.1", "2130706433"]
    )
    func oddSpellings(_ host: String) async throws {
        try await LocalSite.with { site in
            let connector = GuardedConnector(
                addressGuard: AddressGuard(allowsPrivate: false),
                resolver: SystemResolver()
            )
            let error = await #expect(throws: ConnectError.self) {
                try await connect(connector, to: host, port: site.port)
            }
            #expect(error?.code == .guarded)
            #expect(site.acceptedConnections == 0)
        }
    }

    @Test func `of several addresses only those that pass are tried`() async throws {
        try await LocalSite.with { site in
            let connector = connector(
                ["mixed.example": ["169.254.169.254", "127.0.0.2", "127.0.0.1"]],
                deny: [try CIDR("127.0.0.2")]
            )
            let connection = try await connect(connector, to: "mixed.example", port: site.port)
            #expect(connection.address == IPAddress("127.0.0.1"))
        }
    }

    @Test func `an address that refuses is followed by the next at once`() async throws {
        try await LocalSite.with { site in
            // The site listens on 127.0.0.1 alone.
            let connector = GuardedConnector(
                addressGuard: AddressGuard(allowsPrivate: true),
                resolver: StubResolver(addresses: ["two.example": ["127.0.0.2", "127.0.0.1"]]),
                stagger: .hours(1)
            )
            let connection = try await connect(connector, to: "two.example", port: site.port)
            #expect(connection.address == IPAddress("127.0.0.1"))
        }
    }

    @Test func `an address that keeps silent is followed by the next after the stagger`() async throws {
        try await DeafServer.with { port in
            let listener = try await ServerBootstrap(group: loop).bind(host: "127.0.0.2", port: port).get()
            let connector = connector(["two.example": ["127.0.0.1", "127.0.0.2"]])
            let connection = try await connect(connector, to: "two.example", port: port)
            #expect(connection.address == IPAddress("127.0.0.2"))
            try await listener.close().get()
        }
    }

    @Test func `cancelling ends a connection attempt at once`() async throws {
        try await DeafServer.with { port in
            let connector = connector()
            let task = Task { try await connect(connector, to: "127.0.0.1", port: port, within: .hours(1)) }
            task.cancel()
            let error = await #expect(throws: ConnectError.self) { try await task.value }
            #expect(error?.code == .cancelled)
        }
    }

    @Test func `the deadline ends a connection attempt, and says in which phase`() async throws {
        try await DeafServer.with { port in
            let error = await #expect(throws: ConnectError.self) {
                try await connect(connector(), to: "127.0.0.1", port: port, within: .milliseconds(300))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.connect != nil)
            #expect(error?.message == "no answer from 127.0.0.1:\(port)")
        }
    }

    @Test func `when all refuse, one phrase names them all`() async throws {
        let port = try await LocalSite.with { $0.port }
        let connector = connector(["two.example": ["127.0.0.2", "127.0.0.1"]])
        let error = await #expect(throws: ConnectError.self) {
            try await connect(connector, to: "two.example", port: port)
        }
        #expect(error?.code == .connect)
        #expect(error?.message == "connection refused by 127.0.0.2:\(port) and 127.0.0.1:\(port)")
        #expect(error?.isOurs == false)
    }

    // PITFALLS 23
    @Test func `the resolver's own trouble is of the lookup, and says so`() async throws {
        let resolver = StubResolver(
            ["site.example": [.failure(ResolutionError(.temporary, host: "site.example"))]]
        )
        let connector = GuardedConnector(addressGuard: AddressGuard(allowsPrivate: true), resolver: resolver)
        let error = await #expect(throws: ConnectError.self) {
            try await connect(connector, to: "site.example", port: 80)
        }
        #expect(error?.code == .dns)
        #expect(error?.isOurs == true)
        let missing = await #expect(throws: ConnectError.self) {
            try await connect(connector, to: "missing.example", port: 80)
        }
        #expect(missing?.code == .dns)
        #expect(missing?.isOurs == false)
        #expect(missing?.message == "no such host: missing.example")
    }

    @Test func `a preflight tells what connecting would`() async throws {
        let connector = connector(["in.example": ["10.0.0.1"], "out.example": ["1.1.1.1"]], allowsPrivate: false)
        try await connector.preflight("out.example", deadline: .now() + .seconds(20))
        let error = await #expect(throws: ConnectError.self) {
            try await connector.preflight("in.example", deadline: .now() + .seconds(20))
        }
        #expect(error?.code == .guarded)
    }

    // PITFALLS 27
    @Test func `a connection that another client made is closed unless its peer passes`() async throws {
        try await LocalSite.with { site in
            func channel() async throws -> any Channel {
                try await ClientBootstrap(group: loop).connect(host: "127.0.0.1", port: site.port).get()
            }
            let welcome = try await channel()
            try await AddressGuard(allowsPrivate: true).admit(welcome).get()
            #expect(welcome.isActive)
            try await welcome.close().get()

            let refused = try await channel()
            await #expect(throws: AddressRefused.self) {
                try await AddressGuard(allowsPrivate: false).admit(refused).get()
            }
            try await refused.closeFuture.get()
        }
    }
}
