package import NIOCore

/// One value of the RESP protocol, version 2 or 3.
package enum RESPValue: Sendable, Equatable {
    /// A key and its value in a map.
    package struct Entry: Sendable, Equatable {
        package let key: RESPValue
        package let value: RESPValue

        package init(_ key: RESPValue, _ value: RESPValue) {
            self.key = key
            self.value = value
        }
    }

    case simpleString(String)
    case error(RedisReplyError)
    case integer(Int64)
    case bulkString(ByteBuffer)
    case array([RESPValue])
    case map([Entry])
    case set([RESPValue])
    /// Something that the server says unasked; it answers no command.
    case push([RESPValue])
    case null
    case double(Double)
    case boolean(Bool)
    case bigNumber(String)
    case verbatim(format: String, ByteBuffer)
}
