import NIOCore
import Testing

@testable import Redis

@Suite struct RESPEncoderTests {
    private static func text(_ commands: EncodedCommands) -> String {
        commands.payloads.map { String(buffer: $0) }.joined()
    }

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

    @Test("A template writes what the commands would that it stands for")
    func template() {
        let template = RedisCommandTemplate("XGROUP CREATE", ["ключ", nil, "MAXLEN", nil, 1_000, nil])
        let rows: [[RedisArgument]] = [
            ["", 0, .bytes([0, 13, 10])], ["zwölf", -12, "x"], [10, 9, .integer(.min)],
        ]
        let commands = rows.map { row in
            RedisCommand("XGROUP CREATE", arguments: ["ключ", row[0], "MAXLEN", row[1], 1_000, row[2]])
        }
        let encoded = template.commands(3) { index, put in rows[index].forEach(put) }
        #expect(Self.text(encoded) == String(buffer: RESPEncoder.encode(commands)))
        #expect(encoded.count == 3)
        #expect(template.commands(0) { _, _ in }.count == 0)
    }

    @Test("Commands that are put together are sent in their order, and called by the first")
    func sum() {
        let (first, second) = ([RedisCommand("MULTI")], [RedisCommand("SET", "k", 7), RedisCommand("EXEC")])
        let sum = EncodedCommands([]) + EncodedCommands(first) + EncodedCommands(second)
        #expect(Self.text(sum) == String(buffer: RESPEncoder.encode(first + second)))
        #expect(sum.count == 3)
        #expect(sum.name == "MULTI")
    }

    @Test("A command describes itself without its arguments, which may be secrets")
    func commandHidesArguments() {
        #expect("\(RedisCommand("AUTH", "user", "secret"))" == "AUTH")
    }
}
