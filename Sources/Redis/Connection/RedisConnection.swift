import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// A connection that the server has let in.
final class RedisConnection: Sendable {
    /// What its owner has to know.
    enum Event: Sendable {
        /// A request of that weight has left it, answered or dropped.
        case left(weight: Int)
        /// These were not written and can go elsewhere.
        case returned([RedisRequest])
        /// Its server can't serve us, or does not answer; it takes no more.
        case unfit
        case closed(wasUseful: Bool, RedisError)
    }

    let server: Handshake.Server
    private let channel: any Channel
    private let handler: NIOLoopBound<RedisChannelHandler>

    private init(channel: any Channel, handler: NIOLoopBound<RedisChannelHandler>, server: Handshake.Server) {
        self.channel = channel
        self.handler = handler
        self.server = server
    }

    var eventLoop: any EventLoop { channel.eventLoop }

    func submit(_ request: RedisRequest) {
        onEventLoop { $0.submit(request) }
    }

    /// Takes no more, and closes after the last reply.
    func drain() {
        onEventLoop { $0.drain() }
    }

    /// Closes now; what was written and not answered fails with an unknown outcome.
    func close(_ reason: RedisError) {
        onEventLoop { $0.close(reason) }
    }

    private func onEventLoop(_ body: @escaping @Sendable (RedisChannelHandler) -> Void) {
        if channel.eventLoop.inEventLoop {
            body(handler.value)
        } else {
            channel.eventLoop.execute { body(self.handler.value) }
        }
    }

    // MARK: Connecting

    /// Connects, encrypts and logs in, all within the connect timeout.
    ///
    /// `events` is called on the event loop, and only after the future has succeeded there.
    static func connect(
        _ configuration: RedisConfiguration,
        clientName: String,
        on eventLoop: any EventLoop,
        logger: Logger,
        events: @escaping @Sendable (Event) -> Void
    ) -> EventLoopFuture<RedisConnection> {
        let deadline = NIODeadline.now() + configuration.connectTimeout.timeAmount
        let address = configuration.address
        return ClientBootstrap(group: eventLoop)
            .connectTimeout(configuration.connectTimeout.timeAmount)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls = configuration.tls {
                        try pipeline.addHandler(tlsHandler(tls, host: configuration.host))
                    }
                    let handshake = Handshake(
                        user: configuration.user,
                        password: configuration.password,
                        clientName: clientName,
                        database: configuration.database
                    )
                    try pipeline.addHandler(
                        RedisChannelHandler(
                            handshake: handshake,
                            maximumPending: configuration.maximumPending,
                            address: address,
                            logger: logger
                        )
                    )
                }
            }
            .connect(host: configuration.host, port: configuration.port)
            .flatMap { channel in
                login(channel, deadline: deadline, limit: configuration.connectTimeout, address, events: events)
            }
            .flatMapErrorThrowing { throw RedisError.connection(to: address, failed: $0) }
    }

    private static func login(
        _ channel: any Channel,
        deadline: NIODeadline,
        limit: Duration,
        _ address: String,
        events: @escaping @Sendable (Event) -> Void
    ) -> EventLoopFuture<RedisConnection> {
        let handler: RedisChannelHandler
        do {
            handler = try channel.pipeline.syncOperations.handler(type: RedisChannelHandler.self)
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        let promise = channel.eventLoop.makePromise(of: Handshake.Server.self)
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let limiter = channel.eventLoop.scheduleTask(deadline: deadline) {
            bound.value.close(
                RedisError(
                    .connectionFailed,
                    "Redis at \(address) did not let us in within \(limit.text). Is it a Redis server?",
                    cause: RedisError(.timedOut, "The time limit passed.")
                )
            )
        }
        handler.whenReady(promise, events: events)
        return promise.futureResult
            .always { _ in limiter.cancel() }
            .map { RedisConnection(channel: channel, handler: bound, server: $0) }
    }

    private static func tlsHandler(_ context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
        do {
            return try NIOSSLClientHandler(context: context, serverHostname: host)
        } catch let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI {
            // The certificate is then checked against the address that we are connected to.
            return try NIOSSLClientHandler(context: context, serverHostname: nil)
        }
    }
}
