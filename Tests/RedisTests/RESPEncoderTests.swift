import NIOCore
import Testing

@testable import Redis

@Suite struct RESPEncoderTests {
    @Test("Many commands are written into one buffer, one after the other")
    func manyCommands() {
        let buffer = RESPEncoder.encode([
            RedisCommand("SET", "ключ", .bytes([0, 13, 10])), RedisCommand("INCRBY", "n", -7),
            RedisCommand("XGROUP CREATE", "s"),
        ])
        #expect(
            String(buffer: buffer)
                == "*3\r\n$3\r\nSET\r\n$8\r\nключ\r\n$3\r\n\0\r\n\r\n"
                + "*3\r\n$6\r\nINCRBY\r\n$1\r\nn\r\n$2\r\n-7\r\n"
                + "*3\r\n$6\r\nXGROUP\r\n$6\r\nCREATE\r\n$1\r\ns\r\n"
        )
    }

    @Test("A command describes itself without its arguments, which may be secrets")
    func commandHidesArguments() {
        #expect("\(RedisCommand("AUTH", "user", "secret"))" == "AUTH")
    }
}
