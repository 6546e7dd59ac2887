internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// An HTTP receiver on a free port of 127.0.0.1 that keeps what it is sent and answers as it is told.
package final class LocalReceiver: Sendable {
    /// A request that came whole.
    package struct Request: Sendable {
        package let method: String
        package let path: String
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]
        /// When it was whole.
        package let received: ContinuousClock.Instant

        /// The first header of a name, whatever its case.
        package func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        /// The body as text.
        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// What it does with a request.
    package enum Answer: Sendable {
        case respond(status: Int, headers: [String: String] = [:], body: String = "")
        /// Answers after a while.
        case later(Duration, status: Int, body: String = "")
        /// Answers with a status and the start of a body that never ends.
        case stall(status: Int)
        /// Never answers.
        case hang
        /// Ends the connection without an answer.
        case close
    }

    /// Decides what to do with a request, of which the first has the index 0.
    package typealias Script = @Sendable (_ index: Int, _ request: Request) -> Answer

    private struct State {
        var requests: [Request] = []
        var received = 0
        var script: Script
        var connections: [ObjectIdentifier: any Channel] = [:]
    }

    private let state: Mutex<State>
    private let port = Mutex(0)
    private let keepsRequests: Bool

    private init(script: @escaping Script, keepsRequests: Bool) {
        state = Mutex(State(script: script))
        self.keepsRequests = keepsRequests
    }

    /// Runs `body` with a receiver that answers by the script, and ends it.
    ///
    /// - Parameters:
    ///   - script: Answers each request.
    ///   - keepsRequests: Whether ``requests`` are kept; not where a long run would fill the memory with them.
    ///   - body: The test.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws, or why the receiver can't listen.
    package static func with<Result>(
        _ script: @escaping Script = { _, _ in .respond(status: 200) },
        keepsRequests: Bool = true,
        _ body: (LocalReceiver) async throws -> Result
    ) async throws -> Result {
        let receiver = LocalReceiver(script: script, keepsRequests: keepsRequests)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let id = ObjectIdentifier(channel)
                    receiver.state.withLock { $0.connections[id] = channel }
                    channel.closeFuture.whenComplete { _ in receiver.state.withLock { $0.connections[id] = nil } }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(receiver: receiver))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        receiver.port.withLock { $0 = server.localAddress?.port ?? 0 }
        func end() async {
            for connection in Array(receiver.state.withLock({ $0.connections }).values) {
                connection.close(promise: nil)
            }
            // A listener that is closed already is ended all the same.
            try? await server.close()
        }
        do {
            let result = try await body(receiver)
            await end()
            return result
        } catch {
            await end()
            throw error
        }
    }

    /// Where it listens.
    package var url: String { url("/hook") }

    /// The URL of a path on it.
    package func url(_ path: String) -> String { "http://127.0.0.1:\(port.withLock { $0 })\(path)" }

    /// All requests so far, in the order in which they were whole.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// Answers by another script from now on.
    package func answer(_ script: @escaping Script) { state.withLock { $0.script = script } }

    private func received(_ request: Request) -> Answer {
        let (index, script) = state.withLock { state in
            if keepsRequests { state.requests.append(request) }
            state.received += 1
            return (state.received - 1, state.script)
        }
        return script(index, request)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let receiver: LocalReceiver
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(receiver: LocalReceiver) {
            self.receiver = receiver
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let buffer): body.append(contentsOf: buffer.readableBytesView)
            case .end:
                guard let head else { return }
                let request = Request(
                    method: head.method.rawValue,
                    path: head.uri,
                    headers: head.headers.map { ($0.name, $0.value) },
                    body: body,
                    received: .now
                )
                answer(receiver.received(request), context: context)
            }
        }

        private func answer(_ answer: Answer, context: ChannelHandlerContext) {
            switch answer {
            case .hang: return
            case .close: context.close(promise: nil)
            case .stall(let status):
                let head = HTTPResponseHead(
                    version: .http1_1,
                    status: HTTPResponseStatus(statusCode: status),
                    headers: ["content-length": "1000"]
                )
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "start")))), promise: nil)
            case .later(let delay, let status, let body):
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.scheduleTask(in: TimeAmount(delay)) {
                    let (handler, context) = bound.value
                    guard context.channel.isActive else { return }
                    handler.answer(.respond(status: status, body: body), context: context)
                }
            case .respond(let status, let headers, let text):
                var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
                fields.replaceOrAdd(name: "content-length", value: "\(text.utf8.count)")
                let head = HTTPResponseHead(
                    version: .http1_1,
                    status: HTTPResponseStatus(statusCode: status),
                    headers: fields
                )
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
