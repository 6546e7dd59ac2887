import NIOCore
import NIOPosix
import Synchronization

@testable import Redis

/// A server that answers as a test says, for what a real one can't be made to do.
final class ScriptedServer: Sendable {
    enum Answer: Sendable {
        /// These bytes, as they are.
        case send(String)
        case close
        /// Nothing; the connection stays.
        case stall
    }

    /// Answers to a command, given as its words, on the connection of that number.
    typealias Script = @Sendable (_ command: [String], _ connection: Int) -> Answer

    private struct State {
        var connections = 0
        var received: [[String]] = []
    }

    private let script: Script
    private let state = Mutex(State())

    init(_ script: @escaping Script) {
        self.script = script
    }

    /// Every command that came, logins left out.
    var received: [[String]] { state.withLock { $0.received } }

    /// Runs `body` with the URL of the server, which is ended afterwards.
    func run<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = self.state.withLock { state in
                        state.connections += 1
                        return state.connections
                    }
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(RESPDecoder()), Handler(server: self, connection: number),
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let url = "redis://127.0.0.1:\(channel.localAddress?.port ?? 0)"
        do {
            let result = try await body(url)
            try await channel.close()
            return result
        } catch {
            try await channel.close()
            throw error
        }
    }

    private func answer(_ command: [String], _ connection: Int) -> Answer {
        if command.first == "HELLO" {
            if case .stall = script(command, connection) { return .stall }
            return .send("%1\r\n$2\r\nid\r\n:\(connection)\r\n")
        }
        state.withLock { $0.received.append(command) }
        return script(command, connection)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = RESPValue
        typealias OutboundOut = ByteBuffer

        private let server: ScriptedServer
        private let connection: Int

        init(server: ScriptedServer, connection: Int) {
            self.server = server
            self.connection = connection
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .array(let words) = Self.unwrapInboundIn(data) else { return context.close(promise: nil) }
            let command = words.map { (try? $0.string()) ?? "" }
            switch server.answer(command, connection) {
            case .send(let text):
                context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .close: context.close(promise: nil)
            case .stall: break
            }
        }
    }
}
