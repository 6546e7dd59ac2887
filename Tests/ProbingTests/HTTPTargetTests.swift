internal import Testing

@testable internal import Probing

@Suite struct HTTPTargetTests {
    @Test(
        "A URL says where to connect and what to ask for",
        arguments: [
            ("http://example.com", "example.com", 80, "/", "example.com"),
            ("HTTPS://EXAMPLE.com/A?b=C#d", "example.com", 443, "/A?b=C", "example.com"),
            ("http://example.com:8080?q", "example.com", 8_080, "/?q", "example.com:8080"),
            ("http://example.com:80/", "example.com", 80, "/", "example.com"),
            ("https://[::1]:8443/x", "::1", 8_443, "/x", "[::1]:8443"),
            ("http://127.0.0.1/", "127.0.0.1", 80, "/", "127.0.0.1"),
            ("https://bücher.de/ü?x=ü", "xn--bcher-kva.de", 443, "/%C3%BC?x=%C3%BC", "xn--bcher-kva.de"),
            ("http://0x7f000001/", "0x7f000001", 80, "/", "0x7f000001"),
            ("http://_dmarc.example.com/", "_dmarc.example.com", 80, "/", "_dmarc.example.com"),
            ("http://a//b/../c", "a", 80, "//b/../c", "a"),
        ]
    )
    func parts(_ url: String, _ host: String, _ port: Int, _ uri: String, _ authority: String) throws {
        let target = try HTTPTarget(url)
        #expect(target.host == host)
        #expect(target.port == port)
        #expect(target.uri == uri)
        #expect(target.authority == authority)
        #expect(target.isTLS == url.lowercased().hasPrefix("https"))
    }

    @Test(
        "A doubtful URL is refused with what is wrong",
        arguments: [
            ("ftp://example.com/", "ftp:// can't be checked; use http:// or https://"),
            ("file:///etc/passwd", "file:// can't be checked"), ("example.com", "has no scheme"),
            ("http://", "names no host"), ("http:///x", "names no host"), ("http://user@/", "names no host"),
            ("http://ex ample.com/", "a space"), ("http://a/\r\nX: y", "control character"),
            ("http://a\\@b/", "a backslash"), ("http://a:99999/", "port 99999"), ("http://a:0/", "port 0"),
            ("http://%31%32%37.0.0.1/", "not a host name"), ("http://[fe80::1%25eth0]/", "not an IPv6 address"),
            ("http://a..b/", "not a host name"), ("http://[127.0.0.1]/", ""), ("", "no scheme"),
            ("http://" + String(repeating: "a", count: 9_000), "longer than 8 KiB"),
        ]
    )
    func refused(_ url: String, _ reason: String) throws {
        let error = try #require(throws: HTTPTargetError.self) { try HTTPTarget(url) }
        #expect(error.message.contains(reason) || reason.isEmpty)
    }

    @Test func `user and password become a header, and are never shown`() throws {
        let target = try HTTPTarget("https://me:p%40ss@example.com/x?token=1")
        #expect(target.authorization == "Basic bWU6cEBzcw==")
        #expect(target.text == "https://example.com/x")
        #expect(target.origin == "https://example.com")
    }

    @Test(
        "A Location is resolved against the URL it came from",
        arguments: [
            ("/c", "https://h.example:8443/c"), ("d", "https://h.example:8443/a/d"),
            ("?y", "https://h.example:8443/a/b"), ("//o.example/x", "https://o.example/x"),
            ("http://o.example", "http://o.example/"), ("/with space", "https://h.example:8443/with%20space"),
            ("HTTP://O.example/ü", "http://o.example/%C3%BC"), ("#f", "https://h.example:8443/a/b"),
        ]
    )
    func redirect(_ location: String, _ text: String) throws {
        #expect(try HTTPTarget("https://h.example:8443/a/b?x").redirected(to: location).text == text)
    }

    @Test(
        "A Location that leads nowhere is refused",
        arguments: ["ftp://x/", "javascript:alert(1)", "http:///", "http://[bad"]
    )
    func refusedRedirect(_ location: String) throws {
        let target = try HTTPTarget("https://h.example/")
        #expect(throws: HTTPTargetError.self) { try target.redirected(to: location) }
    }

    @Test func `the certificate's name is the host's without its last dot, and none for an address`() throws {
        #expect(try HTTPTarget("https://example.com./").serverName == "example.com")
        #expect(try HTTPTarget("https://127.0.0.1/").serverName == nil)
        #expect(try HTTPTarget("https://[::1]/").serverName == nil)
        #expect(try HTTPTarget("https://127.0.0.1./").serverName == nil)
    }

    @Test func `a redirect keeps the URL's user within its origin only`() throws {
        let target = try HTTPTarget("https://me:secret@h.example/")
        #expect(try target.redirected(to: "/x").authorization == target.authorization)
        #expect(try target.redirected(to: "https://h.example:443/x").authorization == target.authorization)
        #expect(try target.redirected(to: "http://h.example/x").authorization == nil)
        #expect(try target.redirected(to: "https://o.example/x").authorization == nil)
        #expect(try target.redirected(to: "https://you@h.example/x").authorization == "Basic eW91Og==")
    }
}
