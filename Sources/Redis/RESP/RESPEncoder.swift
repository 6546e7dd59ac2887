package import NIOCore

/// Writes commands as RESP arrays of strings.
package enum RESPEncoder {
    /// Encodes commands, one after the other, into one buffer.
    package static func encode(_ commands: [RedisCommand]) -> ByteBuffer {
        let size = commands.reduce(0) { $0 + mostBytes(of: $1) }
        var buffer = ByteBufferAllocator().buffer(capacity: size)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { bytes in
            var writer = RESPWriter(bytes)
            for command in commands { write(command, to: &writer) }
            return writer.count
        }
        return buffer
    }

    private static func write(_ command: RedisCommand, to writer: inout RESPWriter) {
        writer.header(UInt8(ascii: "*"), command.arguments.count)
        for argument in command.arguments {
            switch argument {
            case .string(let text):
                writer.header(UInt8(ascii: "$"), text.utf8.count)
                writer.text(text)
            case .integer(let number):
                writer.header(UInt8(ascii: "$"), RESPWriter.width(of: number))
                writer.number(number)
            case .bytes(let bytes):
                writer.header(UInt8(ascii: "$"), bytes.count)
                writer.bytes(bytes)
            }
            writer.lineEnd()
        }
    }

    /// How many bytes a command takes at most.
    private static func mostBytes(of command: RedisCommand) -> Int {
        command.arguments.reduce(RESPWriter.mostHeader) { size, argument in
            switch argument {
            case .string(let text): size + RESPWriter.mostHeader + text.utf8.count + 2
            case .integer: size + RESPWriter.mostHeader + RESPWriter.mostDigits + 2
            case .bytes(let bytes): size + RESPWriter.mostHeader + bytes.count + 2
            }
        }
    }
}
