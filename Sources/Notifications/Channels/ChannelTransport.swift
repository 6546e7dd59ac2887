package import AsyncHTTPClient
internal import Logging
package import Monitoring
package import NIOCore
package import NIOHTTP1
internal import Synchronization

/// How channels speak HTTP: one client, whose connections the address guard has passed, that follows no redirect and
/// keeps no more of an answer than its start.
package struct ChannelTransport: Sendable {
    /// Most bytes of an answer that are kept.
    package static let maximumResponse = 16 * 1_024

    /// One request.
    package struct Request: Sendable {
        package var url: String
        package var headers: HTTPHeaders
        package var body: [UInt8]
        package var timeout: Duration

        package init(url: String, headers: HTTPHeaders, body: [UInt8], timeout: Duration) {
            self.url = url
            self.headers = headers
            self.body = body
            self.timeout = timeout
        }
    }

    /// One answer.
    package struct Answer: Sendable {
        package let status: Int
        package let headers: HTTPHeaders
        /// The start of its body.
        package let body: String

        package init(status: Int, headers: HTTPHeaders, body: String) {
            self.status = status
            self.headers = headers
            self.body = body
        }
    }

    private let client: HTTPClient
    private let preflight: @Sendable (_ host: String, _ deadline: NIODeadline) async throws -> Void
    private let time: any TimeSource

    /// Takes a client made with ``configuration(admit:)``, and the check of a host's addresses before connecting.
    ///
    /// - Parameters:
    ///   - client: Shut down by its owner.
    ///   - time: For dates in answers.
    ///   - preflight: Throws where no address of the host may be connected to.
    package init(
        client: HTTPClient,
        time: any TimeSource,
        preflight: @escaping @Sendable (_ host: String, _ deadline: NIODeadline) async throws -> Void
    ) {
        self.client = client
        self.time = time
        self.preflight = preflight
    }

    /// The configuration of the client: every new connection is admitted before a request is written to it.
    ///
    /// - Parameter admit: Fails, and closes the channel, where its peer may not be connected to.
    /// - Returns: For a client of the channels alone.
    package static func configuration(
        admit: @escaping @Sendable (any NIOCore.Channel) -> EventLoopFuture<Void>
    ) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10)),
            decompression: .disabled,
            http1_1ConnectionDebugInitializer: admit,
            http2ConnectionDebugInitializer: admit
        )
        configuration.httpVersion = .http1Only
        // The client would try a refused address again until the deadline.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Many channels share a host, and one of them must not use up the connections of the others; slots bound them.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1_024
        return configuration
    }

    /// Posts, and judges the answer.
    ///
    /// - Parameters:
    ///   - request: What to post.
    ///   - judge: What the answer means.
    /// - Returns: The outcome, also for what went wrong on the way.
    package func post(_ request: Request, judge: (Answer, Timestamp) -> SendOutcome) async -> SendOutcome {
        let deadline = NIODeadline.now() + TimeAmount(request.timeout)
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = .POST
        outgoing.headers = request.headers
        outgoing.body = .bytes(ByteBuffer(bytes: request.body))
        do {
            if let host = ChannelURL.host(of: request.url) { try await preflight(host, deadline) }
            let response = try await client.execute(outgoing, deadline: deadline, logger: Self.silent)
            let left = Duration(deadline - .now())
            let body = try await Self.start(of: response.body, within: max(left, .zero), time: time)
            let answer = Answer(status: Int(response.status.code), headers: response.headers, body: body)
            return judge(answer, time.now())
        } catch {
            return Self.outcome(of: error, timeout: request.timeout)
        }
    }

    /// Judges an answer by its status alone.
    package static func outcome(of answer: Answer, now: Timestamp) -> SendOutcome {
        let verdict = ResponseVerdict.verdict(
            status: answer.status,
            retryAfter: answer.headers.first(name: "retry-after"),
            now: now
        )
        let error: String? =
            switch verdict {
            case .delivered: nil
            case .gone: "The receiver answered 410: it is gone for good."
            case .limited: "The receiver answered 429: too many requests."
            case .failed where (300..<400).contains(answer.status):
                "The receiver answered \(answer.status); redirects are not followed."
            case .failed, .refused: "The receiver answered \(answer.status)."
            }
        return SendOutcome(verdict, statusCode: answer.status, response: answer.body, error: error)
    }

    /// What comes of a body until it ends, is long enough, or the time is over: the status has said what matters.
    private static func start(
        of body: HTTPClientResponse.Body,
        within limit: Duration,
        time: any TimeSource
    ) async throws -> String {
        let received = ResponseStart(maximum: maximumResponse)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // Leaving the loop cancels the rest.
                for try await part in body where received.append(part.readableBytesView) { return }
            }
            // The client's own deadline ends with the answer's head.
            group.addTask { try await time.sleep(for: limit) }
            defer { group.cancelAll() }
            try await group.next()
        }
        return received.text
    }

    private static func outcome(of error: any Error, timeout: Duration) -> SendOutcome {
        switch error {
        case let error as HTTPClientError
        where [.deadlineExceeded, .connectTimeout, .readTimeout, .writeTimeout, .tlsHandshakeTimeout].contains(error)
            || error == .getConnectionFromPoolTimeout:
            SendOutcome(.failed(retryAfter: nil), error: "No answer within \(timeout.text).")
        case let error as HTTPClientError:
            SendOutcome(.failed(retryAfter: nil), error: "The request failed: \(error.shortDescription).")
        case is CancellationError:
            SendOutcome(.failed(retryAfter: nil), error: "The attempt was cancelled.")
        default:
            SendOutcome(.failed(retryAfter: nil), error: "No connection: \("\(error)".cut(toCharacters: 300)).")
        }
    }

    // The client's own lines would hold URLs, which may be secret.
    private static let silent = Logger(label: "tocsin.channels.http") { _ in SwiftLogNoOpLogHandler() }
}

/// The start of an answer's body, as far as it has come.
private final class ResponseStart: Sendable {
    private let maximum: Int
    private let bytes = Mutex<[UInt8]>([])

    init(maximum: Int) {
        self.maximum = maximum
    }

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    /// Takes a part as far as there is room.
    ///
    /// - Parameter part: The next bytes.
    /// - Returns: Whether that is enough.
    func append(_ part: some Sequence<UInt8>) -> Bool {
        bytes.withLock { bytes in
            bytes.append(contentsOf: part.prefix(maximum - bytes.count))
            return bytes.count >= maximum
        }
    }
}

/// The parts of a channel's URL that are looked at.
enum ChannelURL {
    /// The host, without brackets.
    static func host(of url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.hasPrefix("[") else { return authority.dropFirst().prefix { $0 != "]" }.nonEmpty }
        return authority.prefix { $0 != ":" }.nonEmpty
    }
}

extension Substring {
    fileprivate var nonEmpty: String? { isEmpty ? nil : String(self) }
}
