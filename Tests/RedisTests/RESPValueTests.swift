import NIOCore
import Testing

@testable import Redis

@Suite struct RESPValueTests {
    @Test("Maps of RESP3 and flat arrays of RESP2 read alike")
    func mapsReadAlike() throws {
        let three = RESPValue.map([.init(.simpleString("a"), .integer(1)), .init(.simpleString("b"), .integer(2))])
        let two = RESPValue.array([.simpleString("a"), .integer(1), .simpleString("b"), .integer(2)])
        for value in [three, two] {
            #expect(try value.map().map { try $0.0.string() } == ["a", "b"])
            #expect(try value.dictionary()["b"] == .integer(2))
        }
    }

    @Test("Numbers of RESP3 and strings of RESP2 read alike")
    func numbersReadAlike() throws {
        #expect(try RESPValue.integer(5).int() == 5)
        #expect(try RESPValue.bulkString(ByteBuffer(string: "5")).int() == 5)
        #expect(try RESPValue.double(1.5).double() == 1.5)
        #expect(try RESPValue.bulkString(ByteBuffer(string: "1.5")).double() == 1.5)
        #expect(try RESPValue.boolean(true).int() == 1)
        #expect(try RESPValue.null.optionalString() == nil)
    }

    @Test("Another shape than expected is an error that names both")
    func mismatch() throws {
        let error = try #require(throws: RedisError.self) { try RESPValue.array([]).int() }
        #expect(error.code == .unexpectedReply)
        #expect(error.message == "Redis answered an array of 0 where an integer was expected.")
        let reply = try #require(throws: RedisError.self) { try RESPValue.error(.init(line: "OOM full")).int() }
        #expect(reply.reply?.code == "OOM")
    }

    @Test("An error says whether its command may have run")
    func mayHaveRun() {
        #expect(RedisError(.outcomeUnknown, "").mayHaveRun)
        #expect(RedisError(RedisReplyError(line: "ERR script failed")).mayHaveRun)
        #expect(!RedisError(RedisReplyError(line: "READONLY no")).mayHaveRun)
        #expect(!RedisError(.notSent, "").mayHaveRun)
    }
}
