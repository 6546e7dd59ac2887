import Logging
import NIOCore
import TestSupport
import Testing

@testable import Redis

@Suite struct RedisClientTests {
    @Test("Two hundred XADDs in one pipeline keep their order and each has its reply")
    func pipelineOfTwoHundred() async throws {
        try await withRedisClient { client, _ in
            let commands = (0..<200).map {
                RedisCommand("XADD", "stream", "MAXLEN", "~", 1_000, "*", "n", .integer(Int64($0)))
            }
            let results = try await client.pipeline(commands)
            let ids = try results.map { try $0.get().string() }
            #expect(ids.count == 200)
            let entries = try await client.send(RedisCommand("XRANGE", "stream", "-", "+")).array()
            #expect(try entries.map { try $0.array()[0].string() } == ids)
            #expect(try entries.map { try $0.array()[1].array()[1].int() } == Array(0..<200))
        }
    }

    @Test("An error reply is thrown by send, and leaves its neighbours in a pipeline alone")
    func errorReply() async throws {
        try await withRedisClient { client, _ in
            _ = try await client.send(RedisCommand("SET", "text", "x"))
            let error = await #expect(throws: RedisError.self) {
                try await client.send(RedisCommand("LPUSH", "text", "y"))
            }
            #expect(error?.code == .reply)
            #expect(error?.reply?.code == "WRONGTYPE")
            let results = try await client.pipeline([
                RedisCommand("GET", "text"), RedisCommand("LPUSH", "text", "y"), RedisCommand("STRLEN", "text"),
            ])
            #expect(try results[0].get().string() == "x")
            #expect(throws: RedisError.self) { try results[1].get() }
            #expect(try results[2].get().int() == 1)
        }
    }

    @Test("A transaction answers with the replies of its commands, and applies none where one is refused")
    func transaction() async throws {
        try await withRedisClient { client, _ in
            let replies = try await client.transaction([RedisCommand("INCR", "n"), RedisCommand("INCRBY", "n", 41)])
            #expect(try replies.map { try $0.int() } == [1, 42])
            let error = await #expect(throws: RedisError.self) {
                try await client.transaction([RedisCommand("INCR", "n"), RedisCommand("NOSUCH")])
            }
            #expect(error?.reply?.message.contains("unknown command") == true)
            #expect(try await client.send(RedisCommand("GET", "n")).int() == 42)
        }
    }
}
