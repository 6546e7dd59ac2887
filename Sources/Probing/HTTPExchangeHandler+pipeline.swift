internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

extension HTTPExchangeHandler {
    /// Puts the handlers of one exchange into a connected channel, on its event loop, and begins.
    static func start(
        _ order: Order,
        on channel: any Channel,
        encryption: NIOSSLClientHandler?
    ) throws -> EventLoopFuture<HTTPExchange> {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = HTTPBounds.headers
        limits.maxHeaderListSize = HTTPBounds.headers
        limits.maxHeaderFieldCount = HTTPBounds.headerFields
        var framing = HTTPRequestEncoder.Configuration()
        // The request's own head says how long its body is.
        framing.automaticallySetFramingHeaders = false

        let pipeline = channel.pipeline.syncOperations
        let arrival = FirstByteHandler()
        if let encryption { try pipeline.addHandler(encryption) }
        try pipeline.addHandler(arrival)
        try pipeline.addHandler(HTTPRequestEncoder(configuration: framing))
        try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder(limitConfiguration: limits)))
        let promise = channel.eventLoop.makePromise(of: HTTPExchange.self)
        do {
            try pipeline.addHandler(HTTPExchangeHandler(order, arrival: arrival, promise: promise))
        } catch {
            promise.fail(error)
            throw error
        }
        return promise.futureResult
    }
}

/// Notes when the first byte of the answer came, before anything parses it.
final class FirstByteHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    var arrivedAt: NIODeadline?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if arrivedAt == nil { arrivedAt = .now() }
        context.fireChannelRead(data)
    }
}
