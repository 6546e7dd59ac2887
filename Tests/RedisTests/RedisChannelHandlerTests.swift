import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Redis

@Suite struct RedisChannelHandlerTests {
    /// What became of a request.
    private final class Outcomes: Sendable {
        private let state = Mutex<[RedisRequest.Outcome]>([])

        var all: [RedisRequest.Outcome] { state.withLock { $0 } }

        func add(_ outcome: RedisRequest.Outcome) { state.withLock { $0.append(outcome) } }
    }

    /// Gives a connection that has let us in, and on which `count` commands were sent together.
    private func withConnection(
        awaiting count: Int,
        _ body: (EmbeddedChannel, Outcomes) throws -> Void
    ) throws {
        let channel = EmbeddedChannel()
        let handler = RedisChannelHandler(
            handshake: Handshake(user: nil, password: nil, clientName: "", database: 0),
            maximumPending: 100,
            address: "redis.example:6379",
            logger: Logger(label: "test")
        )
        let promise = channel.eventLoop.makePromise(of: Handshake.Server.self)
        try channel.pipeline.syncOperations.addHandler(handler)
        handler.whenReady(promise) { _ in }
        channel.pipeline.fireChannelActive()
        try Self.receive("%1\r\n$2\r\nid\r\n:1\r\n", on: channel)
        _ = try promise.futureResult.wait()
        let outcomes = Outcomes()
        let commands = (0..<count).map { _ in RedisCommand("PING") }
        let request = RedisRequest(EncodedCommands(commands), timeout: .seconds(10))
        #expect(request.start { outcomes.add($0) })
        handler.submit(request)
        channel.embeddedEventLoop.run()
        try body(channel, outcomes)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    private static func receive(_ text: String, on channel: EmbeddedChannel) throws {
        try receive(Array(text.utf8)[...], on: channel)
    }

    private static func receive(_ bytes: ArraySlice<UInt8>, on channel: EmbeddedChannel) throws {
        _ = try channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    private static let replies = Array("+PONG\r\n*2\r\n$5\r\nhello\r\n:-7\r\n$0\r\n\r\n-ERR no\r\n".utf8)

    @Test("Replies are the same however their bytes arrive", arguments: 0...replies.count)
    func anySplit(split: Int) throws {
        try withConnection(awaiting: 4) { channel, outcomes in
            try Self.receive(Self.replies.prefix(split), on: channel)
            #expect(outcomes.all.isEmpty == (split < Self.replies.count))
            try Self.receive(Self.replies.dropFirst(split), on: channel)
            let replies = try #require(outcomes.all.first).get()
            #expect(
                replies == [
                    .simpleString("PONG"), .array([.bulkString(ByteBuffer(string: "hello")), .integer(-7)]),
                    .bulkString(ByteBuffer()), .error(RedisReplyError(code: "ERR", message: "no")),
                ]
            )
            #expect(outcomes.all.count == 1)
        }
    }

    @Test(
        "Whoever waits is told that the connection ended within a reply",
        arguments: ["+PON", "$9\r\n", "*2\r\n:1\r\n"]
    )
    func endsWithinAReply(part: String) throws {
        try withConnection(awaiting: 1) { channel, outcomes in
            try Self.receive(part, on: channel)
            try channel.close().wait()
            let outcome = try #require(outcomes.all.first)
            let error = #expect(throws: RedisError.self) { try outcome.get() }
            #expect(error?.mayHaveRun == true)
            let cause = error?.cause as? RedisError
            #expect(cause?.message.contains("within a reply") == true)
        }
    }

    @Test("What was whole before the server broke the protocol counts, and nothing behind it")
    func breaksTheProtocol() throws {
        try withConnection(awaiting: 1) { channel, outcomes in
            try Self.receive("+PONG\r\nrubbish\r\n+PONG\r\n", on: channel)
            #expect(try #require(outcomes.all.first).get() == [.simpleString("PONG")])
            #expect(!channel.isActive)
        }
    }
}
