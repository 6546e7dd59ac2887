internal import NIOCore
internal import Networking
internal import Testing

@Suite struct AddressGuardTests {
    private func code(_ guarded: AddressGuard, _ text: String) throws -> AddressRefused.Code? {
        let address = try #require(IPAddress(text))
        do {
            try guarded.check(address)
            return nil
        } catch {
            return error.code
        }
    }

    // PITFALLS 27
    @Test(
        "Metadata, link-local and multicast addresses are never connected to, whatever is allowed",
        arguments: [
            "169.254.169.254", "169.254.170.2", "169.254.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16",
            "fd00:ec2::254", "fd20:ce::254", "fe80::1", "febf::1", "224.0.0.1", "239.255.255.250", "255.255.255.255",
            "ff02::1", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1", "::169.254.169.254", "::ffff:0:169.254.169.254",
        ]
    )
    func never(_ address: String) throws {
        let everything = AddressGuard(allow: [try CIDR("0.0.0.0/0"), try CIDR("::/0")], allowsPrivate: true)
        #expect(try code(everything, address) == .never)
        #expect(try code(AddressGuard(allowsPrivate: false), address) == .never)
    }

    // PITFALLS 27
    @Test(
        "Loopback and private addresses, in whatever form, are refused unless private ones are allowed",
        arguments: [
            "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
            "0.0.0.0", "0.1.2.3", "::", "::1", "fc00::1", "fdff::1", "fec0::1", "192.0.2.1", "198.18.0.1",
            "2001:db8::1",
            // An IPv4 address within: mapped, translated, compatible, NAT64, local NAT64, 6to4, Teredo, ISATAP.
            "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:0:127.0.0.1", "::127.0.0.1", "64:ff9b::127.0.0.1",
            "64:ff9b::10.0.0.1", "64:ff9b:1::127.0.0.1", "64:ff9b:1:7f00:0:100::", "2002:7f00:1::", "2002:0a00:1::1",
            "2001:0:808:808::80ff:fffe", "2001:0:7f00:1::f7f7:f7f7", "2a00:1450::5efe:10.0.0.1",
        ]
    )
    func privateForms(_ address: String) throws {
        #expect(try code(AddressGuard(allowsPrivate: false), address) == .notAllowed)
    }

    @Test(
        "A private guard's owner may reach what is private",
        arguments: ["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd12::1", "::ffff:127.0.0.1", "0.0.0.0"]
    )
    func privateAllowed(_ address: String) throws {
        #expect(try code(AddressGuard(allowsPrivate: true), address) == nil)
    }

    @Test(
        "A public address passes, also through a translator or tunnel",
        arguments: [
            "1.1.1.1", "172.32.0.1", "172.15.255.255", "100.128.0.1", "169.253.0.1", "2606:4700::1111",
            "64:ff9b::1.1.1.1", "2002:101:101::1", "::ffff:1.1.1.1",
        ]
    )
    func publicPasses(_ address: String) throws {
        #expect(try code(AddressGuard(allowsPrivate: false), address) == nil)
    }

    @Test("What no registry gives out is refused", arguments: ["240.0.0.1", "4000::1", "5f00::1"])
    func reserved(_ address: String) throws {
        #expect(try code(AddressGuard(allowsPrivate: true), address) == .notAllowed)
    }

    @Test func `an allowed block opens just that block`() throws {
        let guarded = AddressGuard(allow: [try CIDR("10.1.0.0/16")], allowsPrivate: false)
        #expect(try code(guarded, "10.1.2.3") == nil)
        #expect(try code(guarded, "::ffff:10.1.2.3") == nil)
        #expect(try code(guarded, "10.2.0.1") == .notAllowed)
        #expect(try code(guarded, "127.0.0.1") == .notAllowed)
    }

    // PITFALLS 27
    @Test func `allowing the translator's prefix does not allow what lies behind it`() throws {
        let blocks = try ["64:ff9b::/96", "::ffff:0:0/96", "2002::/16"].map { try CIDR($0) }
        let guarded = AddressGuard(allow: blocks, allowsPrivate: false)
        #expect(try code(guarded, "64:ff9b::127.0.0.1") == .notAllowed)
        #expect(try code(guarded, "::ffff:127.0.0.1") == .notAllowed)
        #expect(try code(guarded, "2002:7f00:1::") == .notAllowed)
    }

    @Test func `deny wins over allow and over private, in every form`() throws {
        let guarded = AddressGuard(
            allow: [try CIDR("10.0.0.0/8")],
            deny: [try CIDR("10.6.0.0/16"), try CIDR("1.1.1.1")],
            allowsPrivate: true
        )
        #expect(try code(guarded, "10.6.0.1") == .denied)
        #expect(try code(guarded, "::ffff:10.6.0.1") == .denied)
        #expect(try code(guarded, "64:ff9b::1.1.1.1") == .denied)
        #expect(try code(guarded, "10.7.0.1") == nil)
    }

    @Test func `a refusal names the address, the reason and the key`() throws {
        let plain = AddressGuard(deny: [try CIDR("1.0.0.0/8")], allowsPrivate: false)
        func message(_ text: String) throws -> String {
            let address = try #require(IPAddress(text))
            return try #require(throws: AddressRefused.self) { try plain.check(address) }.message
        }
        #expect(
            try message("127.0.0.1")
                == "127.0.0.1 is a loopback address, which is not allowed here; "
                + "to allow it, add 127.0.0.1 to network.allow"
        )
        #expect(
            try message("64:ff9b::10.0.0.1")
                == "64:ff9b::a00:1, which leads to 10.0.0.1, is a private address, which is not allowed here; "
                + "to allow it, add 10.0.0.1 to network.allow"
        )
        #expect(try message("1.2.3.4") == "1.2.3.4 is denied by network.deny (1.0.0.0/8)")
        #expect(
            try message("169.254.169.254")
                == "169.254.169.254 is a cloud metadata address, which is never connected to"
        )
    }

    @Test func `a socket without an IP address is refused`() throws {
        let socket = try SocketAddress(unixDomainSocketPath: "/tmp/x")
        #expect(throws: AddressRefused.self) { try AddressGuard(allowsPrivate: true).check(socket) }
    }
}
