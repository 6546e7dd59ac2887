package import NIOCore

/// Writes commands as RESP arrays of strings.
package enum RESPEncoder {
    /// Encodes commands, one after the other, into one buffer.
    package static func encode(_ commands: [RedisCommand]) -> ByteBuffer {
        var size = 0
        for command in commands {
            size += 16
            for argument in command.arguments { size += argument.sizeHint + 16 }
        }
        var buffer = ByteBufferAllocator().buffer(capacity: size)
        for command in commands { write(command, into: &buffer) }
        return buffer
    }

    /// Appends one command.
    static func write(_ command: RedisCommand, into buffer: inout ByteBuffer) {
        writeHeader(UInt8(ascii: "*"), command.arguments.count, into: &buffer)
        for argument in command.arguments {
            switch argument {
            case .string(let text):
                writeHeader(UInt8(ascii: "$"), text.utf8.count, into: &buffer)
                buffer.writeString(text)
            case .integer(let number):
                let text = String(number)
                writeHeader(UInt8(ascii: "$"), text.utf8.count, into: &buffer)
                buffer.writeString(text)
            case .bytes(let bytes):
                writeHeader(UInt8(ascii: "$"), bytes.count, into: &buffer)
                buffer.writeBytes(bytes)
            }
            buffer.writeInteger(0x0D0A as UInt16)
        }
    }

    private static func writeHeader(_ type: UInt8, _ count: Int, into buffer: inout ByteBuffer) {
        buffer.writeInteger(type)
        buffer.writeString(String(count))
        buffer.writeInteger(0x0D0A as UInt16)
    }
}
