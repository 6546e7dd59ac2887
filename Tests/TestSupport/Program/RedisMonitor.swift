internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// What a Redis server is told, command by command, as its MONITOR shows it.
package final class RedisMonitor: Sendable {
    /// One command of a client, or of a function in the server.
    package struct Command: Sendable {
        /// The address of the client, or `lua`.
        package let client: String
        /// The words of the command; the first is its name in capitals.
        package let words: [String]

        package var name: String { words.first ?? "" }
    }

    private let state = Mutex<[Command]>([])

    /// All commands since the beginning, in the order of their execution.
    package var commands: [Command] { state.withLock { $0 } }

    /// Forgets the commands so far.
    package func clear() { state.withLock { $0 = [] } }

    /// Runs `body` while the server's commands are kept.
    package static func with<Result>(
        _ server: RedisServer,
        _ body: (RedisMonitor) async throws -> Result
    ) async throws -> Result {
        let monitor = RedisMonitor()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LineReader { monitor.read($0) })
                }
            }
            .connect(host: "127.0.0.1", port: server.port)
            .get()
        try await channel.writeAndFlush(ByteBuffer(string: "MONITOR\r\n"))
        do {
            let result = try await body(monitor)
            try await channel.close()
            return result
        } catch {
            // The server may be gone already, and the connection with it.
            try? await channel.close()
            throw error
        }
    }

    /// Reads a line such as `+1700000000.123456 [0 127.0.0.1:50000] "XADD" "key"`.
    private func read(_ line: String) {
        guard let open = line.firstIndex(of: "["), let close = line.firstIndex(of: "]"), open < close else { return }
        let client = line[open..<close].split(separator: " ").last.map(String.init) ?? ""
        var words: [String] = []
        var word: String?
        var isEscaped = false
        for character in line[close...] {
            guard let open = word else {
                if character == "\"" { word = "" }
                continue
            }
            if isEscaped {
                word = open + String(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                words.append(open)
                word = nil
            } else {
                word = open + String(character)
            }
        }
        guard !words.isEmpty else { return }
        words[0] = words[0].uppercased()
        state.withLock { $0.append(Command(client: client, words: words)) }
    }
}

/// Cuts what comes into lines.
private final class LineReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let take: (String) -> Void
    private var rest: [UInt8] = []

    init(take: @escaping (String) -> Void) {
        self.take = take
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        rest.append(contentsOf: unwrapInboundIn(data).readableBytesView)
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            take(String(decoding: rest[start..<end], as: UTF8.self))
            start = rest.index(after: end)
        }
        rest.removeSubrange(..<start)
    }
}
