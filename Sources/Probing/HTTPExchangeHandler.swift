internal import Monitoring
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL
internal import NIOTLS

/// Sends one request on a fresh connection, reads its answer up to the bounds, and closes the connection.
///
/// Its promise is always kept: by the answer, what broke, the deadline, or ``Abort``.
final class HTTPExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPClientRequestPart

    /// An outbound event: the caller gave up.
    struct Abort: Sendable {}

    /// What to send, and what to look for.
    struct Order: Sendable {
        let head: HTTPRequestHead
        let body: ByteBuffer?
        let keyword: String?
        /// Whether an answer with this status is followed, so that its body is of no interest.
        let follows: @Sendable (Int) -> Bool
        let isTLS: Bool
        let host: String
        let deadline: NIODeadline
        let time: any TimeSource
    }

    private enum Stage {
        case handshake
        case sending
        case waiting
        case reading
        case over
    }

    private let order: Order
    private let promise: EventLoopPromise<HTTPExchange>
    private let arrival: FirstByteHandler
    private var stage: Stage
    private var stageStartedAt = NIODeadline.now()
    private var timer: Scheduled<Void>?
    private var exchange = HTTPExchange(outcome: .cancelled)
    private var search: KeywordSearch
    private var bodyStart = BodyStart()
    private var bodySize = 0
    private var location: String?

    init(_ order: Order, arrival: FirstByteHandler, promise: EventLoopPromise<HTTPExchange>) {
        self.order = order
        self.arrival = arrival
        self.promise = promise
        stage = order.isTLS ? .handshake : .sending
        search = KeywordSearch(order.keyword ?? "")
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let loop = context.eventLoop.assumeIsolated()
        timer = loop.scheduleTask(deadline: order.deadline) { self.timeOut(context) }
        if !order.isTLS { send(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish(context, .cancelled)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent, stage == .handshake {
            exchange.tls = Duration(NIODeadline.now() - stageStartedAt)
            noteCertificate(context)
            send(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Abort else { return context.triggerUserOutboundEvent(event, promise: promise) }
        finish(context, .cancelled)
        promise?.succeed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): read(head, context)
        case .body(let part): read(part, context)
        case .end: finish(context, answer(isCut: false))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        switch stage {
        case .handshake:
            finish(context, .failed(.tls, "the server closed the connection during the TLS handshake"))
        case .sending, .waiting, .reading:
            let text = hasArrived ? "in the middle of its answer" : "without an answer"
            finish(context, .failed(.response, "the server closed the connection \(text)"))
        case .over: break
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Servers that close without TLS's goodbye are many; the end of the connection that follows says whether
        // something is missing.
        if let error = error as? NIOSSLError, error == .uncleanShutdown, stage != .handshake { return }
        if stage == .handshake {
            noteCertificate(context)
            let failure = TLSFailure(
                error,
                certificate: exchange.certificate,
                host: order.host,
                now: order.time.now()
            )
            finish(context, .failed(.tls, failure.message))
        } else {
            let failure = HTTPFailure(error, hasArrived: hasArrived)
            finish(context, .failed(.response, failure.message))
        }
    }

    private var hasArrived: Bool { arrival.arrivedAt != nil }

    private func send(_ context: ChannelHandlerContext) {
        enter(.sending)
        arrival.arrivedAt = nil
        context.write(wrapOutboundOut(.head(order.head)), promise: nil)
        if let body = order.body {
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenSuccess {
            if self.stage == .sending { self.enter(.waiting) }
        }
    }

    private func read(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
        guard stage == .sending || stage == .waiting else { return }
        let arrivedAt = arrival.arrivedAt ?? .now()
        exchange.firstByte = Duration(max(arrivedAt, stageStartedAt) - stageStartedAt)
        exchange.statusCode = Int(head.status.code)
        stage = .reading
        stageStartedAt = arrivedAt
        location = head.headers.first(name: "Location")
        if order.follows(Int(head.status.code)) { finish(context, answer(isCut: false)) }
    }

    private func read(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        guard stage == .reading else { return }
        let view = part.readableBytesView.prefix(HTTPBounds.body - bodySize)
        bodySize += view.count
        bodyStart.append(view)
        search.consume(view)
        if view.count < part.readableBytes { finish(context, answer(isCut: true)) }
    }

    private func answer(isCut: Bool) -> HTTPExchange.Outcome {
        .answered(
            HTTPAnswer(
                status: exchange.statusCode ?? 0,
                location: location,
                isKeywordFound: search.isFound,
                isCut: isCut
            )
        )
    }

    private func timeOut(_ context: ChannelHandlerContext) {
        switch stage {
        case .handshake: finish(context, .timedOut(.tls, during: "during the TLS handshake"))
        case .sending: finish(context, .timedOut(.request, during: "while sending the request"))
        case .waiting where !hasArrived:
            finish(context, .timedOut(.response, during: "while waiting for the first byte"))
        case .waiting, .reading: finish(context, .timedOut(.response, during: "while reading the answer"))
        case .over: break
        }
    }

    private func enter(_ next: Stage) {
        stage = next
        stageStartedAt = .now()
    }

    private func noteCertificate(_ context: ChannelHandlerContext) {
        // Asking fails only where there is no such handler, and so no certificate.
        guard let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self) else { return }
        exchange.certificate = handler.peerCertificate.map(CertificateSpan.init)
    }

    private func finish(_ context: ChannelHandlerContext, _ outcome: HTTPExchange.Outcome) {
        guard stage != .over else { return }
        let now = NIODeadline.now()
        if stage == .reading { exchange.transfer = Duration(now - stageStartedAt) }
        exchange.endedAt = now
        stage = .over
        timer?.cancel()
        timer = nil
        exchange.bodyStart = bodyStart.text
        exchange.outcome = outcome
        promise.succeed(exchange)
        // A peer that has answered is told TLS's goodbye; for one that hasn't, nothing is waited for: the close begins
        // below TLS where there is any.
        if case .answered = outcome {
            context.close(promise: nil)
        } else {
            let inner = try? context.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self)
            (inner ?? context).close(promise: nil)
        }
    }
}
