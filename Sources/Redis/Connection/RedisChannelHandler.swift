import Logging
import NIOCore

/// Does on a channel what its ``ConnectionStateMachine`` decides.
final class RedisChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var parser = RESPParser()
    /// What has come and is no whole value yet.
    private var unread = ByteBuffer()
    private var machine: ConnectionStateMachine<RedisRequest>
    private let address: String
    private let logger: Logger
    private var context: ChannelHandlerContext?
    private var closeReason: RedisError?
    private var readyPromise: EventLoopPromise<Handshake.Server>?
    private var server: Handshake.Server?
    private var events: (@Sendable (RedisConnection.Event) -> Void)?
    private var willWrite = false
    private var timer: (deadline: NIODeadline, task: Scheduled<Void>)?

    init(handshake: Handshake, maximumPending: Int, address: String, logger: Logger) {
        machine = ConnectionStateMachine(handshake: handshake, maximumPending: maximumPending)
        self.address = address
        self.logger = logger
    }

    // MARK: What the connection asks for

    /// Succeeds the promise once the server has let us in, or fails it.
    func whenReady(
        _ promise: EventLoopPromise<Handshake.Server>,
        events: @escaping @Sendable (RedisConnection.Event) -> Void
    ) {
        self.events = events
        if machine.state == .closed {
            promise.fail(closeReason ?? lost)
        } else if let server {
            promise.succeed(server)
        } else {
            readyPromise = promise
        }
    }

    func submit(_ request: RedisRequest) {
        switch machine.enqueue(request, replies: request.replyCount, deadline: request.deadline) {
        case .accepted:
            writeSoon()
            setTimer(request.deadline)
        case .refused: events?(.returned([request]))
        case .tooManyPending:
            events?(.left(weight: request.weight))
            request.finish(.failure(.tooManyPending(request.name)))
        }
    }

    func drain() {
        machine.drain()
        closeIfDrained()
    }

    func close(_ reason: RedisError) {
        if closeReason == nil { closeReason = reason }
        // Those who wait are told first: closing a TLS channel waits for the other side.
        finish()
        context?.close(promise: nil)
    }

    // MARK: What the channel tells

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if closeReason == nil, unread.readableBytes > 0 || parser.isWithinValue {
            closeReason = RedisError(.connectionFailed, "Redis at \(address) closed the connection within a reply.")
        }
        finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(RedisError.connection(to: address, failed: error))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { writeSoon() }
        context.fireChannelWritabilityChanged()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        if unread.readableBytes == 0 { unread = bytes } else { unread.writeBuffer(&bytes) }
        var values: [RESPValue] = []
        let failure = parser.readAll(&unread, into: &values)
        // What was whole before the server broke the protocol still answers commands.
        for value in values { receive(value, context) }
        if let failure { close(failure) }
        // The memory is the channel's again, as far as no value holds it; what is left must not make it grow.
        if unread.readableBytes == 0 { unread = ByteBuffer() } else { unread.discardReadBytes() }
    }

    private func receive(_ value: RESPValue, _ context: ChannelHandlerContext) {
        // The pool is told first, and whoever waits then: its next request must not meet what is over.
        let action = machine.receive(value)
        if machine.isUnfit, machine.state == .draining {
            events?(.unfit)
            returnQueued(machine.takeQueued())
        }
        switch action {
        case .none: break
        case .handshake(let action): perform(action, context)
        case .complete(let request, let replies):
            events?(.left(weight: request.weight))
            request.finish(.success(replies))
        case .close(let reason): close(reason)
        }
        closeIfDrained()
    }

    // MARK: -

    private func begin(_ context: ChannelHandlerContext) {
        let commands = machine.connected()
        guard !commands.isEmpty else { return }
        context.writeAndFlush(Self.wrapOutboundOut(RESPEncoder.encode(commands)), promise: nil)
    }

    private func perform(_ action: Handshake.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .wait: break
        case .send(let commands):
            context.writeAndFlush(Self.wrapOutboundOut(RESPEncoder.encode(commands)), promise: nil)
        case .fail(let code, let message): close(RedisError(code, message))
        case .ready(let server):
            self.server = server
            // Whoever is told may close the connection at once, which must not find the promise still open.
            let promise = readyPromise
            readyPromise = nil
            promise?.succeed(server)
        }
    }

    /// Writes after what else the event loop has in hand, so that requests that come together leave together.
    private func writeSoon() {
        guard !willWrite, let context else { return }
        willWrite = true
        context.eventLoop.assumeIsolated().execute {
            self.willWrite = false
            self.writeQueued()
        }
    }

    private func writeQueued() {
        guard let context else { return }
        var hasWritten = false
        // What the channel does not take yet stays here, where it is known not to have been sent.
        while context.channel.isWritable {
            let (request, dropped) = machine.nextToWrite { $0.beginWriting() }
            for request in dropped { events?(.left(weight: request.weight)) }
            guard let request else { break }
            for payload in request.payloads { context.write(Self.wrapOutboundOut(payload), promise: nil) }
            hasWritten = true
        }
        if hasWritten { context.flush() }
        closeIfDrained()
    }

    private func closeIfDrained() {
        guard machine.isDrained else { return }
        close(RedisError(.closed, "The connection to Redis at \(address) was closed by us."))
    }

    private func returnQueued(_ requests: [RedisRequest]) {
        if !requests.isEmpty { events?(.returned(requests)) }
    }

    private func finish() {
        guard machine.state != .closed else { return }
        let reason = closeReason ?? lost
        closeReason = reason
        timer?.task.cancel()
        timer = nil
        let wasUseful = machine.wasUseful
        let (written, queued) = machine.close()
        if let readyPromise {
            self.readyPromise = nil
            readyPromise.fail(reason)
            return
        }
        guard let events, server != nil else { return }
        // The pool is told first, so that whoever waits and tries again does not meet this connection.
        if reason.code == .timedOut { events(.unfit) }
        returnQueued(queued)
        events(.closed(wasUseful: wasUseful, reason))
        for request in written { request.finish(.failure(.outcomeUnknown(request.name, because: reason))) }
        logger.debug("connection to Redis closed", metadata: ["redis.address": "\(address)", "reason": "\(reason)"])
    }

    private var lost: RedisError {
        RedisError(.connectionFailed, "Redis at \(address) closed the connection.")
    }

    // MARK: Deadlines

    private func setTimer(_ deadline: NIODeadline) {
        guard let context else { return }
        if let timer {
            guard deadline < timer.deadline else { return }
            timer.task.cancel()
        }
        timer = (
            deadline, context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.expire() }
        )
    }

    private func expire() {
        timer = nil
        switch machine.expire(now: .now()) {
        case .none: break
        case .drop(let requests):
            for request in requests {
                events?(.left(weight: request.weight))
                request.finish(.failure(.notSentInTime(request.name, request.timeout)))
            }
        case .close(let request):
            let late = RedisError(
                .timedOut,
                "Redis at \(address) did not answer \(request.name) within \(request.timeout.text)."
            )
            close(late)
            return
        }
        if let next = machine.earliestDeadline { setTimer(next) }
    }
}
