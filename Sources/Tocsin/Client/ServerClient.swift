internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Notifications

/// Speaks to a running server's API.
struct ServerClient: Sendable {
    /// The methods that the API knows.
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    private static let longestAnswer = 64 << 20
    private static let pageSize = 500

    private let endpoint: ServerEndpoint
    private let http: HTTPClient

    /// Runs `body` with a client, whose connections are closed afterwards.
    static func with<Result: Sendable>(
        _ endpoint: ServerEndpoint,
        _ body: (ServerClient) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(5)
        // A server that isn't there is told at once, not after the pool has tried for a while.
        configuration.connectionPool.retryConnectionEstablishment = false
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            try await body(ServerClient(endpoint: endpoint, http: http))
        }
    }

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - method: The HTTP method.
    ///   - path: The segments of the path, as they are.
    ///   - query: The parameters; those without a value are left out.
    ///   - body: The JSON document to send.
    /// - Returns: The document of the answer; null where there is none.
    /// - Throws: ``CommandError``.
    func send(
        _ method: Method,
        _ path: [String],
        query: [(name: String, value: String?)] = [],
        body: JSON? = nil
    ) async throws -> JSON {
        var request = HTTPClientRequest(url: url(path, query))
        request.method = HTTPMethod(rawValue: method.rawValue)
        request.headers.add(name: "Accept", value: "application/json")
        if let token = endpoint.token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.bytes))
        }
        let response: HTTPClientResponse
        let answer: ByteBuffer
        do {
            response = try await http.execute(request, timeout: .seconds(120))
            answer = try await response.body.collect(upTo: Self.longestAnswer)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ConnectionProblem(error, endpoint).commandError
        }
        let bytes = Array(answer.readableBytesView)
        guard (200..<300).contains(response.status.code) else {
            throw ProblemDocument(status: Int(response.status.code), body: bytes).commandError(at: endpoint)
        }
        guard !bytes.isEmpty else { return .null }
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw CommandError(
                .failure,
                "What answers at \(endpoint) is no Tocsin server: its answer is \(error); check TOCSIN_URL.",
                cause: error
            )
        }
    }

    /// How a list names the place that its next page begins at.
    enum Cursor: String, Sendable {
        case after
        case before
        /// A short list, which comes whole.
        case none
    }

    /// Reads a list page by page.
    ///
    /// - Parameters:
    ///   - path: The segments of the list's path.
    ///   - cursor: The parameter for the next page.
    ///   - query: What to list.
    ///   - limit: Most records to read.
    ///   - body: Takes each page.
    /// - Throws: ``CommandError``, or what `body` throws.
    func pages(
        _ path: [String],
        by cursor: Cursor,
        query: [(name: String, value: String?)] = [],
        limit: Int = .max,
        _ body: ([JSON]) async throws -> Void
    ) async throws {
        var next: String?
        var left = limit
        repeat {
            var query = query
            if cursor != .none {
                query += [("limit", String(min(left, Self.pageSize))), (cursor.rawValue, next)]
            }
            let page = try await send(.get, path, query: query)
            let items = Array((page["items"]?.array ?? []).prefix(left))
            try await body(items)
            left -= items.count
            next = cursor == .none ? nil : page["next"]?.string
        } while next != nil && left > 0
    }

    private func url(_ path: [String], _ query: [(name: String, value: String?)]) -> String {
        let path = path.map(ServerEndpoint.percentEncoded).joined(separator: "/")
        let query = query.compactMap { parameter in
            parameter.value.map { "\(parameter.name)=\(ServerEndpoint.percentEncoded($0))" }
        }
        return "\(endpoint.base)/\(path)" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }
}
