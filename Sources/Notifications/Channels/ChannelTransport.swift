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
    private let limits: TimeLimits

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
        limits = TimeLimits(time: time)
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
        // The default, which traces nothing, is told all about each request nevertheless.
        configuration.tracing.tracer = nil
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
        let received = ReceivedAnswer(maximum: Self.maximumResponse)
        do {
            // The client's own deadline ends with the answer's head.
            try await limits.limit(of: request.timeout).run { [client, preflight, outgoing] in
                if let host = ChannelURL.host(of: request.url) { try await preflight(host, deadline) }
                let response = try await client.execute(outgoing, deadline: deadline, logger: Self.silent)
                received.begin(response)
                // Leaving the loop cancels the rest.
                for try await part in response.body where received.append(part.readableBytesView) { return }
            }
        } catch {
            // The status has said what matters, whatever became of the rest.
            guard error is TimeLimit.Exceeded, received.answer != nil else {
                return Self.outcome(of: error, timeout: request.timeout)
            }
        }
        guard let answer = received.answer else {
            return Self.outcome(of: CancellationError(), timeout: request.timeout)
        }
        return judge(answer, time.now())
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

    private static func outcome(of error: any Error, timeout: Duration) -> SendOutcome {
        switch error {
        case let error as HTTPClientError
        where [.deadlineExceeded, .connectTimeout, .readTimeout, .writeTimeout, .tlsHandshakeTimeout].contains(error)
            || error == .getConnectionFromPoolTimeout:
            SendOutcome(.failed(retryAfter: nil), error: "No answer within \(timeout.text).")
        case is TimeLimit.Exceeded:
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

/// An answer as far as it has come.
private final class ReceivedAnswer: Sendable {
    private struct State {
        var status: Int?
        var headers = HTTPHeaders()
        var body: [UInt8] = []
    }

    private let maximum: Int
    private let state = Mutex(State())

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// Nil until its head has come.
    var answer: ChannelTransport.Answer? {
        let state = state.withLock { $0 }
        return state.status.map {
            ChannelTransport.Answer(
                status: $0,
                headers: state.headers,
                body: String(decoding: state.body, as: UTF8.self)
            )
        }
    }

    func begin(_ response: HTTPClientResponse) {
        state.withLock { state in
            state.status = Int(response.status.code)
            state.headers = response.headers
        }
    }

    /// Takes a part as far as there is room.
    ///
    /// - Parameter part: The next bytes.
    /// - Returns: Whether that is enough.
    func append(_ part: some Sequence<UInt8>) -> Bool {
        state.withLock { state in
            state.body.append(contentsOf: part.prefix(maximum - state.body.count))
            return state.body.count >= maximum
        }
    }
}

/// One limit for each time that a channel gives its answers.
private final class TimeLimits: Sendable {
    private let time: any TimeSource
    private let limits = Mutex<[Duration: TimeLimit]>([:])

    init(time: any TimeSource) {
        self.time = time
    }

    func limit(of duration: Duration) -> TimeLimit {
        limits.withLock { limits in
            if let limit = limits[duration] { return limit }
            let limit = TimeLimit(duration, on: time)
            limits[duration] = limit
            return limit
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
