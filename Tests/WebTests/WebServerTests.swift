import Foundation
import Logging
import Monitoring
import Notifications
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct WebServerTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a server until `body` is done; `body` gets the URL and the path of the socket.
    private func serving(
        _ site: TestSite,
        socket: String,
        _ body: @Sendable (String) async throws -> Void
    ) async throws {
        let places = Mutex<[String]>([])
        let server = try WebServer(
            site.dependencies,
            listen: WebServer.Address(host: "127.0.0.1", port: 0),
            socket: socket,
            logger: Self.logger
        ) { place in places.withLock { $0.append(place) } }
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: Self.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("listening") { places.withLock { $0.contains { $0.hasPrefix("http") } } }
            let url = try #require(places.withLock { $0.first { $0.hasPrefix("http") } })
            do {
                try await body(url)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("The socket is this user's alone, needs no token, and is gone afterwards")
    func socket() async throws {
        try await TestSite.with { site in
            try await withTemporaryDirectory { directory in
                let path = directory + "/t.sock"
                try await serving(site, socket: path) { _ in
                    try await eventually("the socket") {
                        let mode = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                        return mode == 0o600
                    }
                    #expect(SocketFile.state(at: path) == .listening)
                    let answer = try await Curl.get("http://tocsin/v1/status", socket: path)
                    #expect(answer.contains("\"version\":\"1.2.3\""))
                }
                #expect(SocketFile.state(at: path) == .free)
            }
        }
    }

    @Test("A socket that another server listens on is left alone, and a stale one is replaced")
    func takenSocket() async throws {
        try await TestSite.with { site in
            try await withTemporaryDirectory { directory in
                let path = directory + "/t.sock"
                try await serving(site, socket: path) { _ in
                    try await eventually("the socket") { SocketFile.state(at: path) == .listening }
                    try await TestSite.with { other in
                        try await serving(other, socket: path) { url in
                            let answer = try await Curl.get(url + "/healthz")
                            #expect(answer == "ok\n")
                        }
                    }
                    #expect(SocketFile.state(at: path) == .listening)
                }
                #expect(FileManager.default.createFile(atPath: path, contents: nil))
                #expect(SocketFile.state(at: path) == .foreign)
            }
        }
    }

    @Test("A port that is in use is one sentence that says what to do")
    func portInUse() async throws {
        try await TestSite.with { site in
            try await withTemporaryDirectory { directory in
                try await serving(site, socket: directory + "/a.sock") { url in
                    let port = try #require(URL(string: url)?.port)
                    let second = try WebServer(
                        site.dependencies,
                        listen: WebServer.Address(host: "127.0.0.1", port: port),
                        socket: nil,
                        logger: Self.logger
                    )
                    await #expect {
                        try await second.run()
                    } throws: { error in
                        "\(error)".contains("127.0.0.1:\(port) is in use by another program")
                    }
                }
            }
        }
    }

    @Test("On a real connection a page follows what changes, and stopping the server ends the stream")
    func liveStream() async throws {
        try await TestSite.with({ $0.time = SystemTime() }) { site in
            let id = try await site.addSite()
            try await withTemporaryDirectory { directory in
                let streams = Mutex<[Curl.Stream]>([])
                try await serving(site, socket: directory + "/t.sock") { url in
                    let stream = try Curl.lines(url + "/live?topic=sites")
                    streams.withLock { $0.append(stream) }
                    try await eventually("the whole") { stream.text.contains("id=\"site-\(id)\"") }
                    try await site.record(id, .down, after: 1)
                    try await eventually("the change") { stream.text.contains("connection refused") }
                }
                let stream = try #require(streams.withLock { $0.first })
                defer { stream.stop() }
                try await eventually("the end of the stream") { stream.hasEnded }
            }
        }
    }

    @Test(
        "Loopback is told from other addresses",
        arguments: [
            ("127.0.0.1", true), ("localhost", true), ("::1", true), ("127.8.9.1", true), ("0.0.0.0", false),
            ("10.0.0.1", false), ("127.0.0.1.example.com", false), ("::", false), ("example.com", false),
        ]
    )
    func loopback(host: String, isLoopback: Bool) {
        #expect(WebServer.Address(host: host, port: 1).isLoopback == isLoopback)
    }

    @Test(
        "The address that people are told is one that opens",
        arguments: [
            ("127.0.0.1", "http://127.0.0.1:8080"), ("0.0.0.0", "http://localhost:8080"),
            ("::", "http://localhost:8080"), ("[::]", "http://localhost:8080"), ("[::1]", "http://[::1]:8080"),
            ("10.0.0.1", "http://10.0.0.1:8080"),
        ]
    )
    func url(host: String, url: String) {
        #expect(WebServer.Address(host: host, port: 0).url(port: 8_080) == url)
    }
}
