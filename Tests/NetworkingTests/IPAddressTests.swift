internal import NIOCore
internal import Networking
internal import Testing

@Suite struct IPAddressTests {
    @Test(
        "An address is written in its canonical form",
        arguments: [
            ("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("0.0.0.0", "0.0.0.0"),
            ("::", "::"), ("::1", "::1"), ("0:0:0:0:0:0:0:1", "::1"), ("1::", "1::"),
            ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("::ffff:7f00:1", "::ffff:127.0.0.1"),
            ("::ffff:127.0.0.1", "::ffff:127.0.0.1"), ("64:ff9b::127.0.0.1", "64:ff9b::7f00:1"),
            ("fe80::1", "fe80::1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ]
    )
    func canonical(_ text: String, _ canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
    }

    // PITFALLS 27
    @Test(
        "What only some systems read as an address is no literal",
        arguments: [
            "0x7f000001", "017700000001", "2130706433", "127.1", "127.0.1", "0127.0.0.1", "127.0.0.01", "127.0.0.0x1",
            "0x7f.0.0.1", "127.0.0.1.", "127.0.0.256", "1.2.3", "1.2.3.4.5", "", ".", "1..2.3", " 127.0.0.1",
            "+1.2.3.4", "١.١.١.١", "fe80::1%eth0", "[::1]", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "12345::",
            "1:2:3:4:5:6:7:8:9", "1.2.3.4::", "::1.2.3", "::g", "1:2:3:4:5:6:7:1.2.3.4", ":1:2:3:4:5:6:7:8",
        ]
    )
    func noLiteral(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "A socket's address comes back as it was",
        arguments: ["127.0.0.1", "192.0.2.255", "::1", "2001:db8::ff", "::ffff:10.0.0.1"]
    )
    func socketAddress(_ text: String) throws {
        let address = try #require(IPAddress(text))
        let socket = try address.socketAddress(port: 8_080)
        #expect(IPAddress(socket) == address)
        #expect(socket.port == 8_080)
    }

    @Test func `a socket in the file system has no address`() throws {
        #expect(IPAddress(try SocketAddress(unixDomainSocketPath: "/tmp/x")) == nil)
    }
}
