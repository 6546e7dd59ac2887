internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
package import Notifications

/// A running `tocsin serve` and its API.
package struct TocsinServerUnderTest: Sendable {
    /// What the API answered.
    package struct Answer: Sendable {
        package let status: Int
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]

        /// The first header of a name, whatever its case.
        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        /// The body as JSON; null where it is none.
        package var json: JSON { (try? JSON(parsing: body)) ?? .null }

        /// The body as text.
        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    package let process: TocsinProcess
    /// Where its API is, such as `http://127.0.0.1:8080`.
    package let url: String
    /// A token of all scopes; nil where the server had one made before that this workspace does not know.
    package let token: String?

    /// The same server, as one with another token or none sees it.
    package func with(token: String?) -> TocsinServerUnderTest {
        TocsinServerUnderTest(process: process, url: url, token: token)
    }

    /// Calls the API.
    ///
    /// - Parameters:
    ///   - method: Such as `GET`.
    ///   - path: With the query, if there is one.
    ///   - body: What to send.
    ///   - headers: Beside the token and the media type.
    ///   - limit: How long the answer may take.
    /// - Returns: The answer, whatever its status.
    /// - Throws: Why there is no answer.
    package func call(
        _ method: String,
        _ path: String,
        body: [UInt8]? = nil,
        headers: [(String, String)] = [],
        within limit: Duration = .seconds(30)
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url + path)
        request.method = HTTPMethod(rawValue: method)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            if !request.headers.contains(name: "Content-Type") {
                request.headers.add(name: "Content-Type", value: "application/json")
            }
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response = try await HTTPClient.shared.execute(
            request,
            timeout: .milliseconds(
                limit.components.seconds * 1_000 + limit.components.attoseconds / 1_000_000_000_000_000
            )
        )
        let buffer = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers.map { ($0.name, $0.value) },
            body: Array(buffer.readableBytesView)
        )
    }

    /// Reads something from the API.
    package func get(_ path: String) async throws -> JSON { try await expect([200], "GET", path, nil) }

    /// Posts something to the API, which has to take it.
    @discardableResult
    package func post(_ path: String, _ body: JSON) async throws -> JSON {
        try await expect([200, 201, 202], "POST", path, body)
    }

    /// Puts something into the API, which has to take it.
    @discardableResult
    package func put(_ path: String, _ body: JSON) async throws -> JSON { try await expect([200], "PUT", path, body) }

    /// Posts an event, without expecting it to be accepted.
    package func postEvent(
        _ event: JSON,
        idempotencyKey: String? = nil,
        within limit: Duration = .seconds(30)
    ) async throws -> Answer {
        try await call(
            "POST",
            "/v1/events",
            body: event.bytes,
            headers: idempotencyKey.map { [("Idempotency-Key", $0)] } ?? [],
            within: limit
        )
    }

    /// The items of a list, over all of its pages.
    package func list(_ path: String, by parameter: String) async throws -> [JSON] {
        var items: [JSON] = []
        var cursor: String?
        repeat {
            let separator = path.contains("?") ? "&" : "?"
            let page = try await get(path + (cursor.map { "\(separator)\(parameter)=\($0)" } ?? ""))
            items += page["items"]?.array ?? []
            cursor = page["next"]?.string
        } while cursor != nil
        return items
    }

    private func expect(_ statuses: Set<Int>, _ method: String, _ path: String, _ body: JSON?) async throws -> JSON {
        let answer = try await call(method, path, body: body?.bytes)
        guard statuses.contains(answer.status) else {
            throw TocsinProcess.Failure("\(method) \(path) was answered \(answer.status): \(answer.text)")
        }
        return answer.json
    }
}
