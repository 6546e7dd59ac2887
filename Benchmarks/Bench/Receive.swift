internal import ArgumentParser
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Notifications
internal import Synchronization

/// Takes webhooks, and records how long after its `sentAt` each came.
///
/// `GET /` answers what came since the start or the last `POST /reset`.
struct Receive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Receives webhooks and records their latencies.")

    @Option(help: "The port on 127.0.0.1; a free one where it is 0.")
    var port = 0

    func run() async throws {
        let reception = Reception()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ReceptionHandler(reception))
                }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        JSON.object([.init("port", JSON(server.localAddress?.port ?? 0))]).printLine()
        // Until it is ended by a signal.
        try await server.closeFuture.get()
    }
}

/// What has come.
final class Reception: Sendable {
    private struct State {
        var count = 0
        var firstAt: Int64 = 0
        var lastAt: Int64 = 0
        /// When the alert of each site came, by its URL.
        var downs: [JSON.Member] = []
    }

    private let state = Mutex(State())
    private let latencies = LatencyRecorder()
    private static let mark = Array("\"\(BenchEvent.sentAt)\":".utf8)
    private static let down = Array("{\"type\":\"site.down\"".utf8)

    /// Takes the body of one webhook.
    func take(_ body: ByteBuffer) {
        let now = WallClock.microseconds()
        let isDown = body.readableBytesView.starts(with: Self.down)
        if !isDown, let sentAt = Self.sentAt(in: body.readableBytesView) {
            latencies.record(microseconds: now - sentAt)
        }
        let url = isDown ? Self.url(in: body) : nil
        state.withLock { state in
            state.count += 1
            if state.firstAt == 0 { state.firstAt = now }
            state.lastAt = now
            if let url { state.downs.append(.init(url, JSON(now))) }
        }
    }

    func reset() {
        state.withLock { $0 = State() }
        latencies.reset()
    }

    /// Times are Unix microseconds, latencies milliseconds.
    var report: JSON {
        let latencies = latencies.report
        return state.withLock { state in
            .object([
                .init("count", JSON(state.count)), .init("firstAt", JSON(state.firstAt)),
                .init("lastAt", JSON(state.lastAt)), .init("latency", latencies), .init("downs", .object(state.downs)),
            ])
        }
    }

    /// The number behind the mark, which is found without reading the document.
    private static func sentAt(in body: ByteBufferView) -> Int64? {
        guard let range = body.firstRange(of: mark) else { return nil }
        let digits = body[range.upperBound...].prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        return Int64(String(decoding: digits, as: UTF8.self))
    }

    private static func url(in body: ByteBuffer) -> String? {
        (try? JSON(parsing: Array(body.readableBytesView)))?["data"]?["url"]?.string
    }
}

private final class ReceptionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let reception: Reception
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(_ reception: Reception) {
        self.reception = reception
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part): body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            switch (head.method, head.uri) {
            case (.GET, _): answer(.ok, reception.report.bytes, context)
            case (_, "/reset"):
                reception.reset()
                answer(.ok, [], context)
            default:
                reception.take(body)
                answer(.ok, [], context)
            }
        }
    }

    private func answer(_ status: HTTPResponseStatus, _ body: [UInt8], _ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: ["content-length": "\(body.count)"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
