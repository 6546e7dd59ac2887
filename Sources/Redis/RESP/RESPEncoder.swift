package import NIOCore

/// Writes commands as RESP arrays of strings.
package enum RESPEncoder {
    /// Encodes commands, one after the other, into one buffer.
    package static func encode(_ commands: [RedisCommand]) -> ByteBuffer {
        buffer(commands.reduce(0) { $0 + mostBytes(of: $1) }) { writer in
            for command in commands { write(command, to: &writer) }
        }
    }

    /// What is written into memory of a size that suffices.
    static func buffer(_ size: Int, _ body: (inout RESPWriter) -> Void) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: size)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { bytes in
            var writer = RESPWriter(bytes)
            body(&writer)
            return writer.count
        }
        return buffer
    }

    /// One argument by itself.
    static func bytes(of argument: RedisArgument) -> [UInt8] {
        Array(buffer(mostBytes(of: argument)) { write(argument, to: &$0) }.readableBytesView)
    }

    private static func write(_ command: RedisCommand, to writer: inout RESPWriter) {
        let words = wordCount(of: command)
        writer.header(UInt8(ascii: "*"), words + command.arguments.count)
        if words == 1 {
            writer.string(command.name)
        } else {
            for word in command.name.split(separator: " ") { writer.string(String(word)) }
        }
        for argument in command.arguments { write(argument, to: &writer) }
    }

    static func write(_ argument: RedisArgument, to writer: inout RESPWriter) {
        switch argument {
        case .string(let text): writer.string(text)
        case .integer(let number): writer.string(number)
        case .bytes(let bytes):
            writer.header(UInt8(ascii: "$"), bytes.count)
            writer.bytes(bytes)
            writer.lineEnd()
        }
    }

    private static func wordCount(of command: RedisCommand) -> Int {
        command.name.utf8.count { $0 == UInt8(ascii: " ") } + 1
    }

    /// How many bytes a command takes at most.
    private static func mostBytes(of command: RedisCommand) -> Int {
        // A name of several words has a header for each: fewer than it has bytes.
        let name = (command.name.utf8.count + 1) * (RESPWriter.mostHeader + 2)
        return command.arguments.reduce(name) { $0 + mostBytes(of: $1) }
    }

    /// How many bytes an argument takes at most.
    static func mostBytes(of argument: RedisArgument) -> Int {
        switch argument {
        case .string(let text): RESPWriter.mostHeader + text.utf8.count + 2
        case .integer: RESPWriter.mostHeader + RESPWriter.mostDigits + 2
        case .bytes(let bytes): RESPWriter.mostHeader + bytes.count + 2
        }
    }
}
