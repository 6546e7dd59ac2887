internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A fixed address in front of a server, for what a network does to those who use it.
///
/// It can lead to another server, lose bytes without a word, and cut connections in the middle of whatever they carry.
package final class TCPForwarder: Sendable {
    /// Where bytes are on their way to.
    package enum Direction: Sendable, CaseIterable { case toServer, toClient }

    private struct State {
        var target: Int
        var lost: Set<Direction> = []
        var links: [ObjectIdentifier: Link] = [:]
        var accepted = 0
    }

    private let state: Mutex<State>
    private let boundPort = Mutex(0)

    private init(target: Int) {
        state = Mutex(State(target: target))
    }

    /// The port of the loopback on which it listens.
    package var port: Int { boundPort.withLock { $0 } }

    /// How many connections it has taken.
    package var accepted: Int { state.withLock { $0.accepted } }

    /// Runs `body` with a forwarder to a port of the loopback, and ends it.
    package static func with<Result>(target: Int, _ body: (TCPForwarder) async throws -> Result) async throws -> Result
    {
        let forwarder = TCPForwarder(target: target)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { forwarder.accept($0) }
            .bind(host: "127.0.0.1", port: 0).get()
        forwarder.boundPort.withLock { $0 = listener.localAddress?.port ?? 0 }
        func end() async throws {
            try await listener.close()
            forwarder.cut()
        }
        let result: Result
        do {
            result = try await body(forwarder)
        } catch {
            try await end()
            throw error
        }
        try await end()
        return result
    }

    /// Leads new connections to another server; those that are there stay where they are.
    package func redirect(to target: Int) { state.withLock { $0.target = target } }

    /// Loses what is sent in these directions, until ``heal()``.
    ///
    /// No connection is closed, and new ones are taken. Those that have lost something do so for ever: neither of their
    /// ends is told of anything.
    package func lose(_ directions: Set<Direction>) {
        let links = state.withLock { state in
            state.lost = directions
            return state.links.values
        }
        for link in links { link.lose(directions) }
    }

    /// Lets new connections carry everything again.
    package func heal() { state.withLock { $0.lost = [] } }

    /// Closes every connection, whatever is on its way.
    package func cut() {
        let links = state.withLock { state in
            defer { state.links = [:] }
            return state.links.values
        }
        for link in links { link.close() }
    }

    private func accept(_ client: any Channel) -> EventLoopFuture<Void> {
        let (link, target) = state.withLock { state in
            let link = Link(client: client, lost: state.lost)
            state.accepted += 1
            state.links[ObjectIdentifier(link)] = link
            return (link, state.target)
        }
        client.closeFuture.whenComplete { _ in
            // The server's end of a link that loses bytes hears of nothing, and stays until the end of the test.
            if !link.isDead { self.state.withLock { $0.links[ObjectIdentifier(link)] = nil } }
        }
        return ClientBootstrap(group: client.eventLoop)
            .channelInitializer { server in
                server.eventLoop.makeCompletedFuture {
                    try server.pipeline.syncOperations.addHandler(Passer(link: link, to: client, .toClient))
                }
            }
            .connect(host: "127.0.0.1", port: target)
            .flatMapThrowing { server in
                link.connect(to: server)
                try client.pipeline.syncOperations.addHandler(Passer(link: link, to: server, .toServer))
            }
    }
}

/// One connection through the forwarder: its two ends, and what it loses.
private final class Link: Sendable {
    private struct State {
        var server: (any Channel)?
        var lost: Set<TCPForwarder.Direction>
    }

    private let client: any Channel
    private let state: Mutex<State>

    init(client: any Channel, lost: Set<TCPForwarder.Direction>) {
        self.client = client
        state = Mutex(State(lost: lost))
    }

    var isDead: Bool { state.withLock { !$0.lost.isEmpty } }

    func loses(_ direction: TCPForwarder.Direction) -> Bool { state.withLock { $0.lost.contains(direction) } }

    func lose(_ directions: Set<TCPForwarder.Direction>) { state.withLock { $0.lost.formUnion(directions) } }

    func connect(to server: any Channel) { state.withLock { $0.server = server } }

    func close() {
        client.close(promise: nil)
        state.withLock { $0.server }?.close(promise: nil)
    }
}

/// Passes on what one end of a link sends, or loses it.
private final class Passer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let link: Link
    private let other: any Channel
    private let direction: TCPForwarder.Direction

    init(link: Link, to other: any Channel, _ direction: TCPForwarder.Direction) {
        self.link = link
        self.other = other
        self.direction = direction
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !link.loses(direction) { other.writeAndFlush(unwrapInboundIn(data), promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !link.isDead { other.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
