internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
package import Notifications

/// A browser did not do what it was told.
package struct BrowserFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Whether what was to be clicked has been renewed between finding and clicking it.
    var isOfReplacedElement: Bool {
        description.contains("stale element reference") || description.contains("no such element")
    }
}

/// The program that drives Chromium, spoken to as the W3C's WebDriver has it.
package final class Chromedriver: Sendable {
    private let process: ChildProcess
    private let url: String

    /// Starts it on a port of its own.
    package init() async throws {
        let port = try await freePort()
        url = "http://127.0.0.1:\(port)"
        process = try ChildProcess("/usr/bin/env", ["chromedriver", "--port=\(port)"])
        try await eventually("chromedriver answers; scripts/dependencies test installs it", within: .seconds(60)) {
            guard process.isRunning else { throw BrowserFailure("chromedriver is not here: scripts/dependencies test") }
            return (try? await self.send("GET", "/status"))?["ready"]?.bool ?? false
        }
    }

    /// Sends one command.
    ///
    /// - Returns: The `value` of the answer.
    /// - Throws: ``BrowserFailure`` with what the driver says.
    package func send(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        var request = HTTPClientRequest(url: url + path)
        request.method = HTTPMethod(rawValue: method)
        if method == "POST" {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: (body ?? .object([])).bytes))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let buffer = try await response.body.collect(upTo: 64 << 20)
        let value = try JSON(parsing: Array(buffer.readableBytesView))["value"] ?? .null
        guard response.status == .ok else {
            throw BrowserFailure("\(method) \(path): \(value["message"]?.string?.prefix(600) ?? "\(response.status)")")
        }
        return value
    }

    /// Ends it, and the browsers that it still has.
    package func end() async {
        process.killWithChildren()
        await process.ended()
    }
}
