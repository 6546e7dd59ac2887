internal import Foundation
internal import Monitoring
internal import NIOCore
internal import NIOPosix
internal import Networking
internal import TestSupport
internal import Testing

@Suite struct HTTPProbeFailureTests {
    // PITFALLS 28
    @Test func `a time limit names the phase in which it ran out`() async throws {
        try await LocalSite.with({ _ in .silence }) { site in
            let silent = try await makeProbe().check(site.url(), timeout: .seconds(2))
            #expect(silent.verdict == .down)
            #expect(silent.failure?.phase == .response)
            #expect(silent.failure?.message == "timed out after 2 s while waiting for the first byte")
            try await eventually("the connection is closed") { site.openConnections == 0 }
        }
    }

    // PITFALLS 28
    @Test func `an answer that gets stuck is told from one that never began`() async throws {
        try await LocalSite.with({ _ in .init(headers: [("Content-Length", "10")], body: "12345") }) { site in
            let stuck = try await makeProbe().check(site.url(), timeout: .seconds(4)) { settings in
                settings.headers = ["Connection": "keep-alive"]
            }
            #expect(stuck.failure?.message == "timed out after 4 s while reading the answer")
            #expect(stuck.failure?.bodyStart == "12345")
            #expect(stuck.statusCode == 200)
        }
    }

    // PITFALLS 28
    @Test func `a reset is told from an orderly end`() async throws {
        let resetting = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let options = try #require(channel as? any SocketOptionProvider)
                    // Without lingering, a close is a reset.
                    return options.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                }
                .flatMap { $0 }
                .flatMapThrowing { try channel.pipeline.syncOperations.addHandler(ClosesOnRead()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(resetting.localAddress?.port)
        let seen = try await makeProbe().check("http://127.0.0.1:\(port)/")
        try await resetting.close().get()
        #expect(seen.failure?.phase == .response)
        #expect(seen.failure?.message == "the server reset the connection without an answer")
    }

    // PITFALLS 28
    @Test func `a server that accepts but never speaks is stuck in the handshake`() async throws {
        let mute = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(mute.localAddress?.port)
        let seen = try await makeProbe().check("https://127.0.0.1:\(port)/", timeout: .seconds(2))
        try await mute.close().get()
        #expect(seen.failure?.phase == .tls)
        #expect(seen.failure?.message == "timed out after 2 s during the TLS handshake")
        #expect(seen.phases.connect != nil)
        #expect(seen.phases.firstByte == nil)
    }

    // PITFALLS 28
    @Test func `a server that does not take the connection is stuck in connecting`() async throws {
        try await DeafServer.with { port in
            let seen = try await makeProbe().check("http://127.0.0.1:\(port)/", timeout: .seconds(1))
            #expect(seen.failure?.phase == .connect)
            #expect(seen.failure?.message == "timed out after 1 s while connecting to 127.0.0.1:\(port)")
        }
    }

    // PITFALLS 23
    @Test func `trouble of our own resolver is of the lookup, and the message says so`() async throws {
        let resolver = StubResolver(
            ["site.example": [.failure(ResolutionError(.temporary, host: "site.example", detail: "try again"))]]
        )
        let seen = try await makeProbe(resolver: resolver).check("http://site.example/")
        #expect(seen.verdict == .down)
        #expect(seen.failure?.phase == .dns)
        #expect(
            seen.failure?.message
                == "the name server could not answer for site.example just now (try again); "
                + "check this machine's resolver and network"
        )
        let missing = try await makeProbe(resolver: resolver).check("http://missing.example/")
        #expect(missing.failure?.phase == .dns)
        #expect(missing.failure?.message == "no such host: missing.example")
        let late = StubResolver(["site.example": [.failure(ResolutionError(.timedOut, host: "site.example"))]])
        let timedOut = try await makeProbe(resolver: late).check("http://site.example/", timeout: .seconds(3))
        #expect(timedOut.failure?.phase == .dns)
        #expect(timedOut.failure?.message == "timed out after 3 s while looking up site.example")
    }

    @Test(
        "What can't be asked for is down, with the reason",
        arguments: [
            ("ftp://x/", "GET", [:], CheckFailure.Phase.url, "use http:// or https://"),
            ("nonsense", "GET", [:], .url, "no scheme"),
            ("http://127.0.0.1:1/", "GE T", [:], .request, "not an HTTP method"),
            ("http://127.0.0.1:1/", "GET", ["a b": "c"], .request, "not the name of a header field"),
            ("http://127.0.0.1:1/", "GET", ["a": "b\r\nc: d"], .request, "line break"),
        ] as [(String, String, [String: String], CheckFailure.Phase, String)]
    )
    func unaskable(
        _ url: String,
        _ method: String,
        _ headers: [String: String],
        _ phase: CheckFailure.Phase,
        _ reason: String
    ) async throws {
        let seen = try await makeProbe().check(url) { settings in
            settings.method = method
            settings.headers = headers
        }
        #expect(seen.verdict == .down)
        #expect(seen.failure?.phase == phase)
        #expect(seen.failure?.message.contains(reason) == true)
    }

    private static let bomb = "HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 200_000))\r\n\r\n"
    private static let fields = (0..<2_000).map { "X-\($0): y\r\n" }.joined()

    // PITFALLS 28
    @Test(
        "A malformed answer is down, with the reason",
        arguments: [
            ("", "the server closed the connection without an answer"),
            ("HTTP/1.1 200 OK\r\nContent-Le", "the server closed the connection in the middle of its answer"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "in the middle of its answer"),
            ("<html>hello</html>", "not HTTP/1.1"), ("SSH-2.0-OpenSSH_9.2\r\n", "not HTTP/1.1"),
            ("hello\r\n\r\n", "not HTTP/1.1"), ("HTTP/1.1 abc OK\r\n\r\n", "status"),
            ("HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "malformed chunk"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "in the middle of its answer"),
            ("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n", "malformed Content-Length"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "Content-Length"),
            (bomb, "header is larger than 64 KiB"), ("HTTP/1.1 200 OK\r\n\(fields)\r\n", "header is larger"),
            ("HTTP/1.1 100 Continue\r\n\r\n", "in the middle of its answer"),
            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "status 101"),
        ]
    )
    func malformed(_ answer: String, _ reason: String) async throws {
        try await LocalSite.with({ _ in .raw(answer) }) { site in
            let seen = try await makeProbe().check(site.url())
            #expect(seen.verdict == .down)
            let message = try #require(seen.failure?.message)
            #expect(message.contains(reason), "\(message)")
            try await eventually("the connection is closed") { site.openConnections == 0 }
        }
    }

    @Test(
        "An answer that is odd but whole is up",
        arguments: [
            "HTTP/1.1 200 OK\r\n\r\nuntil the end", "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 204\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokmore",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n",
        ]
    )
    func odd(_ answer: String) async throws {
        try await LocalSite.with({ _ in .raw(answer) }) { site in
            let seen = try await makeProbe().check(site.url())
            #expect(seen.verdict == .up, "\(seen.failure?.message ?? "")")
        }
    }
}

private final class ClosesOnRead: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.close(promise: nil)
    }
}
