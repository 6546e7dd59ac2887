internal import ArgumentParser
internal import NIOCore
internal import NIOHTTP1
internal import Notifications

/// Sends what one connection is to send: each request when it is due, or as soon as the one before it has been answered.
final class LoadHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let plan: LoadPlan
    private let recorder: LatencyRecorder
    private let promise: EventLoopPromise<LoadOutcome>
    private var outcome = LoadOutcome()
    private var next = 0
    private var due = NIODeadline.uptimeNanoseconds(0)

    init(_ plan: LoadPlan, _ recorder: LatencyRecorder, _ promise: EventLoopPromise<LoadOutcome>) {
        self.plan = plan
        self.recorder = recorder
        self.promise = promise
    }

    func handlerAdded(context: ChannelHandlerContext) { schedule(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if !(200..<300).contains(head.status.code) { outcome.refused += 1 }
        case .body: break
        case .end:
            outcome.answered += 1
            recorder.record(microseconds: (NIODeadline.now() - due).nanoseconds / 1_000)
            schedule(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(ValidationError("The server closed a connection after \(outcome.answered) answers."))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    private func schedule(_ context: ChannelHandlerContext) {
        guard next < plan.count else { return promise.succeed(outcome) }
        due = plan.due(next)
        next += 1
        guard due > .now() else { return send(context) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(deadline: due) {
            let (handler, context) = bound.value
            handler.send(context)
        }
    }

    private func send(_ context: ChannelHandlerContext) {
        // On the wall clock, since another process reads it.
        let late = (NIODeadline.now() - due).nanoseconds / 1_000
        let event: JSON = [
            "type": "bench.event",
            "data": BenchEvent.data(sentAt: WallClock.microseconds() - late, padding: plan.padding),
        ]
        let body = event.bytes
        var head = plan.head
        head.headers.add(name: "content-length", value: "\(body.count)")
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
