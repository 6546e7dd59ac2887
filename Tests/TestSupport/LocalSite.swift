internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// A website on the loopback address that a test can make fall and rise again.
package final class LocalSite: Sendable {
    /// What a client asked for.
    package struct Request: Sendable {
        package let method: String
        /// The request's target as it was sent, such as `/path?query`.
        package let target: String
        /// The header fields, in order.
        package let headers: [(name: String, value: String)]
        package let body: String

        /// The first value of a header field, whatever the case of its name.
        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    /// What the site answers.
    package struct Response: Sendable {
        package var status: Int
        package var headers: [(name: String, value: String)]
        package var body: String
        /// The wait before the answer's first byte.
        package var delay: Duration
        /// Sent as it is instead of an answer in HTTP; the connection is closed afterwards.
        package var raw: [UInt8]?

        package init(
            status: Int = 200,
            headers: [(name: String, value: String)] = [],
            body: String = "hello",
            delay: Duration = .zero
        ) {
            self.status = status
            self.headers = headers
            self.body = body
            self.delay = delay
        }

        /// Bytes that need not be HTTP, after which the connection is closed.
        package static func raw(_ text: String) -> Response { raw(Array(text.utf8)) }

        /// Bytes that need not be HTTP, after which the connection is closed.
        package static func raw(_ bytes: [UInt8]) -> Response {
            var response = Response()
            response.raw = bytes
            return response
        }

        /// No answer: the connection is closed at once.
        package static var closed: Response { raw([UInt8]()) }

        /// No answer while the test lasts.
        package static var silence: Response { Response(delay: .seconds(3_600)) }

        /// A redirect to `location`.
        package static func redirect(_ status: Int = 302, to location: String) -> Response {
            Response(status: status, headers: [("Location", location)], body: "")
        }
    }

    /// Answers one request.
    package typealias Handler = @Sendable (Request) async -> Response

    struct State {
        var requests: [Request] = []
        var connections: [ObjectIdentifier: any Channel] = [:]
        var accepted = 0
        var listener: (any Channel)?
        var port: Int
    }

    private let state: Mutex<State>
    private let handler: Handler
    private let tls: NIOSSLContext?

    private init(port: Int, tls: NIOSSLContext?, handler: @escaping Handler) {
        state = Mutex(State(port: port))
        self.tls = tls
        self.handler = handler
    }

    /// Runs `body` with a site that listens on `127.0.0.1` and is gone afterwards.
    ///
    /// - Parameters:
    ///   - port: The port to listen on; 0 takes a free one, which nothing else takes while the site is stopped.
    ///   - certificate: Speak TLS with this certificate.
    ///   - handler: Answers each request.
    ///   - body: The test.
    /// - Returns: What the test returns.
    /// - Throws: What the test throws, or why the site can't listen.
    package static func with<Result>(
        port: Int = 0,
        certificate: (certificates: TestCertificates, kind: TestCertificates.Kind)? = nil,
        _ handler: @escaping Handler = { _ in Response() },
        body: (LocalSite) async throws -> Result
    ) async throws -> Result {
        var tls: NIOSSLContext?
        if let (certificates, kind) = certificate {
            let chain = try NIOSSLCertificate.fromPEMFile(certificates.certificatePath(kind))
            let key = try NIOSSLPrivateKey(file: certificates.keyPath(kind), format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
            configuration.applicationProtocols = ["http/1.1"]
            tls = try NIOSSLContext(configuration: configuration)
        }
        let site = LocalSite(port: port == 0 ? try await freePort() : port, tls: tls, handler: handler)
        try await site.start()
        do {
            let result = try await body(site)
            try await site.stop()
            return result
        } catch {
            try await site.stop()
            throw error
        }
    }

    /// The port that the site listens on, or listened on before it was stopped.
    package var port: Int { state.withLock { $0.port } }

    /// The requests so far, in the order of their arrival.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// How many connections are open now.
    package var openConnections: Int { state.withLock { $0.connections.count } }

    /// How many connections were ever accepted.
    package var acceptedConnections: Int { state.withLock { $0.accepted } }

    /// The URL of a path on this site.
    package func url(_ path: String = "/", host: String = "127.0.0.1") -> String {
        "\(tls == nil ? "http" : "https")://\(host):\(port)\(path)"
    }

    /// Listens again on the same port.
    package func start() async throws {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
        let listener = try await bootstrap.bind(host: "127.0.0.1", port: port).get()
        state.withLock { state in
            state.listener = listener
            state.port = listener.localAddress?.port ?? state.port
        }
    }

    /// Stops listening and closes every connection; does nothing when stopped already.
    package func stop() async throws {
        let (listener, connections) = state.withLock { state in
            defer { state.listener = nil }
            return (state.listener, Array(state.connections.values))
        }
        try await listener?.close().get()
        for connection in connections { connection.close(promise: nil) }
    }

    private func accept(_ channel: any Channel) throws {
        let id = ObjectIdentifier(channel)
        state.withLock { state in
            state.connections[id] = channel
            state.accepted += 1
        }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.connections[id] = nil } }
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
        try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
        try pipeline.addHandler(
            LocalSiteHandler { request in
                self.state.withLock { $0.requests.append(request) }
                return await self.handler(request)
            }
        )
    }
}

/// Gathers one request, has it answered and writes the answer.
private final class LocalSiteHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: LocalSite.Handler
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var pending: Task<Void, Never>?

    init(answer: @escaping LocalSite.Handler) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part):
            body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            let request = LocalSite.Request(
                method: head.method.rawValue,
                target: head.uri,
                headers: head.headers.map { ($0.name, $0.value) },
                body: String(buffer: body)
            )
            let channel = context.channel
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let answer = answer
            pending = Task {
                let response = await answer(request)
                // Cancelled when the connection closes: then there is no one left to answer.
                guard (try? await Task.sleep(for: response.delay)) != nil else { return }
                channel.eventLoop.execute {
                    let (handler, context) = bound.value
                    handler.write(response, to: head, context: context)
                }
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        pending?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func write(_ response: LocalSite.Response, to request: HTTPRequestHead, context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        if let raw = response.raw {
            // Past the encoder, whose context is the last one that speaks HTTP.
            guard
                let encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
            else { return }
            encoder.writeAndFlush(NIOAny(ByteBuffer(bytes: raw)), promise: nil)
            context.close(promise: nil)
            return
        }
        var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
        if !headers.contains(name: "content-length") && !headers.contains(name: "transfer-encoding") {
            headers.add(name: "Content-Length", value: "\(response.body.utf8.count)")
        }
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: response.status),
            headers: headers
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD && !response.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: response.body)))), promise: nil)
        }
        let keepsAlive = request.isKeepAlive
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            if !keepsAlive { bound.value.close(promise: nil) }
        }
    }
}
