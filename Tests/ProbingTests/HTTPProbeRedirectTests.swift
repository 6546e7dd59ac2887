internal import Monitoring
internal import Networking
internal import TestSupport
internal import Testing

@Suite struct HTTPProbeRedirectTests {
    /// Redirects `/301` with that status to `/end`.
    private static let byStatus: LocalSite.Handler = { request in
        guard let status = Int(request.target.dropFirst()) else { return .init(body: "end") }
        return .redirect(status, to: "/end")
    }

    @Test(
        "A redirect is followed, with the method and body that its status asks for",
        arguments: [301, 302, 303, 307, 308]
    )
    func follows(_ status: Int) async throws {
        try await LocalSite.with(Self.byStatus) { site in
            let seen = try await makeProbe().check(site.url("/\(status)")) { settings in
                settings.method = "POST"
                settings.body = "data"
                settings.headers = ["Authorization": "Bearer t"]
            }
            #expect(seen.verdict == .up)
            #expect(seen.statusCode == 200)
            let last = try #require(site.requests.last)
            #expect(site.requests.count == 2)
            #expect(last.target == "/end")
            #expect(last.method == (status >= 307 ? "POST" : "GET"))
            #expect(last.body == (status >= 307 ? "data" : ""))
            // The same origin keeps its credentials.
            #expect(last.header("Authorization") == "Bearer t")
        }
    }

    @Test func `a redirect that is expected, or that none is allowed of, is the answer`() async throws {
        try await LocalSite.with(Self.byStatus) { site in
            let expected = try await makeProbe().check(site.url("/301")) { $0.expect.status = [StatusRange(301...301)] }
            #expect(expected.verdict == .up)
            #expect(expected.statusCode == 301)
            let none = try await makeProbe().check(site.url("/302")) { $0.redirects = 0 }
            #expect(none.failure?.message == "status 302, expected 200-299")
            #expect(site.requests.map(\.target) == ["/301", "/302"])
        }
    }

    @Test func `no more redirects are followed than allowed`() async throws {
        let handler: LocalSite.Handler = { request in
            .redirect(to: "/\((Int(request.target.dropFirst()) ?? 0) + 1)")
        }
        try await LocalSite.with(handler) { site in
            let seen = try await makeProbe().check(site.url("/0")) { $0.redirects = 3 }
            #expect(seen.verdict == .down)
            #expect(seen.failure?.phase == .redirect)
            #expect(seen.failure?.message == "more than 3 redirects, the last to \(site.url("/4"))")
            #expect(site.requests.count == 4)
        }
    }

    @Test(
        "A redirect to nowhere is down, with the reason",
        arguments: [
            ("", "without a Location"), ("ftp://x/", "ftp:// can't be checked"), ("http:///", "names no host"),
            ("gopher:x", "gopher:// can't be checked"),
        ]
    )
    func nowhere(_ location: String, _ reason: String) async throws {
        try await LocalSite.with({ _ in .redirect(to: location) }) { site in
            let seen = try await makeProbe().check(site.url())
            #expect(seen.failure?.phase == .redirect)
            #expect(seen.failure?.message.contains(reason) == true)
        }
    }

    @Test func `secrets stay with their origin`() async throws {
        try await LocalSite.with { other in
            let target = other.url("/other")
            try await LocalSite.with({ _ in .redirect(307, to: target) }) { site in
                let seen = try await makeProbe().check("http://u:p@127.0.0.1:\(site.port)/") { settings in
                    settings.headers = [
                        "Cookie": "c", "X-Api-Key": "k", "Host": "mine.example", "Accept-Language": "de",
                    ]
                }
                #expect(seen.verdict == .up)
                #expect(site.requests.first?.header("Authorization") != nil)
                #expect(site.requests.first?.header("X-Api-Key") == "k")
                let request = try #require(other.requests.first)
                #expect(request.header("Authorization") == nil)
                #expect(request.header("Cookie") == nil)
                #expect(request.header("X-Api-Key") == nil)
                #expect(request.header("Host") == "127.0.0.1:\(other.port)")
                #expect(request.header("Accept-Language") == "de")
            }
        }
    }

    @Test func `the time limit is over all redirects`() async throws {
        let handler: LocalSite.Handler = { request in
            request.target == "/" ? .redirect(to: "/silent") : .silence
        }
        try await LocalSite.with(handler) { site in
            let seen = try await makeProbe().check(site.url(), timeout: .seconds(2))
            #expect(seen.failure?.message == "timed out after 2 s while waiting for the first byte")
        }
    }

    // PITFALLS 27
    @Test(
        "A redirect to the metadata service or the inner network is refused",
        arguments: [
            "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://[::ffff:169.254.169.254]/",
            "http://[64:ff9b::a9fe:a9fe]/", "http://metadata.example/", "http://0xa9fea9fe/", "http://2852039166/",
        ]
    )
    func metadata(_ location: String) async throws {
        let addresses = [
            "metadata.example": ["169.254.169.254"], "0xa9fea9fe": ["169.254.169.254"],
            "2852039166": ["169.254.169.254"],
        ]
        try await LocalSite.with({ _ in .redirect(to: location) }) { site in
            let seen = try await makeProbe(resolver: StubResolver(addresses: addresses)).check(site.url())
            #expect(seen.verdict == .down)
            #expect(seen.failure?.phase == .guarded)
            #expect(seen.failure?.message.contains("which is never connected to") == true)
            #expect(seen.address == nil)
        }
    }
}
