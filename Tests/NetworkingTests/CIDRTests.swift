internal import Networking
internal import Testing

@Suite struct CIDRTests {
    @Test(
        "A block holds its addresses and no others",
        arguments: [
            ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
            ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::1", false), ("::/0", "ffff::", true),
            ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
            ("192.0.2.6/31", "192.0.2.7", true), ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe00::1", false),
            ("2001:db8::1/128", "2001:db8::1", true), ("2001:db8::1/128", "2001:db8::2", false),
        ]
    )
    func contains(_ block: String, _ address: String, _ isContained: Bool) throws {
        let address = try #require(IPAddress(address))
        #expect(try CIDR(block).contains(address) == isContained)
    }

    @Test(
        "A malformed block is refused with what would be right",
        arguments: [
            ("10.0.0.1/8", "did you mean 10.0.0.0/8?"), ("10.0.0.0/33", "from 0 to 32"), ("::/129", "from 0 to 128"),
            ("10.0.0.0/", "from 0 to 32"), ("10.0.0.0/-1", "from 0 to 32"), ("10.0.0.0/+8", "from 0 to 32"),
            ("10/8", "write one such as"), ("localhost", "write one such as"), ("", "write one such as"),
            ("0x7f000001/8", "write one such as"), ("10.0.0.0/8/8", "from 0 to 32"),
        ]
    )
    func malformed(_ text: String, _ hint: String) throws {
        let error = try #require(throws: CIDRError.self) { try CIDR(text) }
        #expect(error.message.contains(hint))
        #expect(error.message.contains("“\(text)”"))
    }

    @Test("A block is written as it is read", arguments: ["10.0.0.0/8", "::/0", "192.0.2.7", "2001:db8::1"])
    func text(_ text: String) throws {
        #expect(try CIDR(text).description == text)
    }
}
