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
        let words = wordCount(of: command)
        writer.header(UInt8(ascii: "*"), words + command.arguments.count)
        if words == 1 {
            write(command.name, to: &writer)
        } else {
            for word in command.name.split(separator: " ") { write(String(word), to: &writer) }
        }
        for argument in command.arguments {
            switch argument {
            case .string(let text): write(text, to: &writer)
            case .integer(let number):
                writer.header(UInt8(ascii: "$"), RESPWriter.width(of: number))
                writer.number(number)
                writer.lineEnd()
            case .bytes(let bytes):
                writer.header(UInt8(ascii: "$"), bytes.count)
                writer.bytes(bytes)
                writer.lineEnd()
            }
        }
    }

    private static func write(_ text: String, to writer: inout RESPWriter) {
        writer.header(UInt8(ascii: "$"), text.utf8.count)
        writer.text(text)
        writer.lineEnd()
    }

    private static func wordCount(of command: RedisCommand) -> Int {
        command.name.utf8.count { $0 == UInt8(ascii: " ") } + 1
    }

    /// How many bytes a command takes at most.
    private static func mostBytes(of command: RedisCommand) -> Int {
        // A name of two words takes a header for each, and no space between.
        let words = wordCount(of: command)
        let name = (words + 1) * RESPWriter.mostHeader + command.name.utf8.count + 2 * words
        return command.arguments.reduce(name) { size, argument in
            switch argument {
            case .string(let text): size + RESPWriter.mostHeader + text.utf8.count + 2
            case .integer: size + RESPWriter.mostHeader + RESPWriter.mostDigits + 2
            case .bytes(let bytes): size + RESPWriter.mostHeader + bytes.count + 2
            }
        }
    }
}
