internal import Monitoring
internal import Networking
internal import TestSupport
internal import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTPProbeTests {
    @Test func `a site that answers is up, with the time of each phase`() async throws {
        try await LocalSite.with { site in
            let seen = try await makeProbe().check(site.url("/path?q=1", host: "localhost"))
            #expect(seen.verdict == .up)
            #expect(seen.failure == nil)
            #expect(seen.statusCode == 200)
            #expect(seen.address == "127.0.0.1")
            #expect(seen.certificateEndsAt == nil)
            #expect(seen.phases.dns == .milliseconds(1))
            #expect(seen.phases.tls == nil)
            let parts = [seen.phases.connect, seen.phases.firstByte, seen.phases.transfer].compactMap { $0 }
            #expect(parts.count == 3)
            #expect(parts.allSatisfy { $0 >= .zero })
            let total = try #require(seen.phases.total)
            #expect(parts.reduce(.zero, +) <= total)
        }
    }

    @Test func `it asks as told, and says who it is`() async throws {
        try await LocalSite.with { site in
            _ = try await makeProbe().check(site.url("/path?q=1"))
            let request = try #require(site.requests.first)
            #expect(request.method == "GET")
            #expect(request.target == "/path?q=1")
            #expect(request.header("Host") == "127.0.0.1:\(site.port)")
            #expect(request.header("User-Agent")?.hasPrefix("Tocsin/") == true)
            #expect(request.header("Accept") == "*/*")
            #expect(request.header("Connection") == "close")
            #expect(request.header("Accept-Encoding") == nil)
            #expect(request.header("Content-Length") == nil)
        }
    }

    @Test func `method, body and header fields are the site's own`() async throws {
        try await LocalSite.with { site in
            let seen = try await makeProbe().check("http://me:secret@127.0.0.1:\(site.port)/") { settings in
                settings.method = "POST"
                settings.body = "{\"a\":1}"
                settings.headers = [
                    "host": "other.example", "User-Agent": "mine", "X-Key": "k", "content-length": "99",
                ]
            }
            #expect(seen.verdict == .up)
            let request = try #require(site.requests.first)
            #expect(request.method == "POST")
            #expect(request.body == "{\"a\":1}")
            #expect(request.headers.filter { $0.name.lowercased() == "host" }.map(\.value) == ["other.example"])
            #expect(request.headers.filter { $0.name.lowercased() == "user-agent" }.map(\.value) == ["mine"])
            #expect(request.headers.filter { $0.name.lowercased() == "content-length" }.map(\.value) == ["7"])
            #expect(request.header("X-Key") == "k")
            #expect(request.header("Authorization") == "Basic bWU6c2VjcmV0")
        }
    }

    @Test func `a HEAD request is answered without a body`() async throws {
        try await LocalSite.with { site in
            let seen = try await makeProbe().check(site.url()) { $0.method = "HEAD" }
            #expect(seen.verdict == .up)
        }
    }

    @Test func `each check has a connection of its own, and leaves none open`() async throws {
        try await LocalSite.with { site in
            let probe = try makeProbe()
            for _ in 0..<5 { _ = await probe.check(site.url()) }
            #expect(site.acceptedConnections == 5)
            try await eventually("all connections are closed") { site.openConnections == 0 }
        }
    }

    // PITFALLS 28
    @Test func `an unexpected status is down, with the status and the start of the body`() async throws {
        try await LocalSite.with({ _ in .init(status: 503, body: "overloaded") }) { site in
            let seen = try await makeProbe().check(site.url())
            #expect(seen.verdict == .down)
            #expect(seen.statusCode == 503)
            #expect(
                seen.failure
                    == CheckFailure(phase: .status, message: "status 503, expected 200-299", bodyStart: "overloaded")
            )
        }
    }

    @Test func `the statuses that are expected are up`() async throws {
        try await LocalSite.with({ _ in .init(status: 404) }) { site in
            let ranges = [StatusRange(200...204), StatusRange(404...404)]
            let seen = try await makeProbe().check(site.url()) { $0.expect.status = ranges }
            #expect(seen.verdict == .up)
            let other = try await makeProbe().check(site.url()) { $0.expect.status = [StatusRange(200...200)] }
            #expect(other.failure?.message == "status 404, expected 200")
        }
    }

    @Test func `a keyword is found across the whole body`() async throws {
        let body = String(repeating: "x", count: 300_000) + "needle" + String(repeating: "y", count: 300_000)
        try await LocalSite.with({ _ in .init(body: body) }) { site in
            let found = try await makeProbe().check(site.url()) { $0.expect.body = "needle" }
            #expect(found.verdict == .up)
            let missing = try await makeProbe().check(site.url()) { $0.expect.body = "haystack" }
            #expect(missing.verdict == .down)
            #expect(missing.failure?.phase == .body)
            #expect(missing.failure?.message == "the body does not contain “haystack”")
            #expect(missing.failure?.bodyStart == String(repeating: "x", count: 1_024))
        }
    }

    @Test func `a body without end is read up to the bound`() async throws {
        let body = String(repeating: "x", count: 3_000_000)
        try await LocalSite.with({ _ in .init(body: body + "needle") }) { site in
            let plain = try await makeProbe().check(site.url())
            #expect(plain.verdict == .up)
            let seen = try await makeProbe().check(site.url()) { $0.expect.body = "needle" }
            #expect(seen.failure?.message == "the body does not contain “needle” in its first 1 MiB")
            try await eventually("the connections are closed") { site.openConnections == 0 }
        }
    }

    @Test func `an answer slower than expected is degraded`() async throws {
        try await LocalSite.with({ _ in .init(delay: .milliseconds(30)) }) { site in
            let slow = try await makeProbe().check(site.url()) { $0.expect.latency = .milliseconds(10) }
            #expect(slow.verdict == .degraded)
            #expect(slow.statusCode == 200)
            #expect(slow.failure?.phase == .latency)
            #expect(slow.failure?.message.hasSuffix(", expected at most 10 ms") == true)
            let fine = try await makeProbe().check(site.url()) { $0.expect.latency = .seconds(60) }
            #expect(fine.verdict == .up)
        }
    }

    @Test func `many checks at once all end, and leave no connection`() async throws {
        try await LocalSite.with { site in
            let probe = try makeProbe()
            let url = site.url()
            let verdicts = await withTaskGroup(of: Verdict.self) { group in
                for _ in 0..<200 { group.addTask { await probe.check(url, timeout: .seconds(60)).verdict } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(verdicts == [Verdict](repeating: .up, count: 200))
            #expect(site.acceptedConnections == 200)
            try await eventually("all connections are closed") { site.openConnections == 0 }
        }
    }

    @Test func `a check that is cancelled closes its connection at once`() async throws {
        try await LocalSite.with({ _ in .silence }) { site in
            let probe = try makeProbe()
            let url = site.url()
            let check = Task { await probe.check(url, timeout: .seconds(3_600)) }
            try await eventually("the request has come") { site.requests.count == 1 }
            check.cancel()
            let seen = await check.value
            #expect(seen.verdict == .down)
            try await eventually("the connection is closed") { site.openConnections == 0 }
        }
    }

    @Test func `a site that falls and rises is seen to`() async throws {
        try await LocalSite.with { site in
            let probe = try makeProbe()
            #expect(await probe.check(site.url()).verdict == .up)
            try await site.stop()
            let fallen = await probe.check(site.url())
            #expect(fallen.verdict == .down)
            #expect(fallen.failure?.phase == .connect)
            #expect(fallen.failure?.message == "connection refused by 127.0.0.1:\(site.port)")
            try await site.start()
            #expect(await probe.check(site.url()).verdict == .up)
        }
    }
}
