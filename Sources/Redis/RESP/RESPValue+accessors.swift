package import NIOCore

// Each accessor throws `.reply` for an error reply, and `.unexpectedReply` where the shape is another one.
extension RESPValue {
    /// Whether the server answered that there is nothing.
    package var isNull: Bool { self == .null }

    /// The text of a string; bytes that are no UTF-8 are replaced.
    package func string() throws(RedisError) -> String {
        switch self {
        case .simpleString(let text), .bigNumber(let text): return text
        case .bulkString(let buffer), .verbatim(_, let buffer): return String(buffer: buffer)
        case .integer(let number): return String(number)
        case .double(let number): return String(number)
        default: throw mismatch("a string")
        }
    }

    /// The text of a string, or nil for null.
    package func optionalString() throws(RedisError) -> String? { isNull ? nil : try string() }

    /// The bytes of a string.
    package func bytes() throws(RedisError) -> [UInt8] { Array(try buffer().readableBytesView) }

    /// The bytes of a string, without a copy.
    package func buffer() throws(RedisError) -> ByteBuffer {
        switch self {
        case .simpleString(let text): return ByteBuffer(string: text)
        case .bulkString(let buffer), .verbatim(_, let buffer): return buffer
        default: throw mismatch("a string")
        }
    }

    /// An integer, also one that came as a string or a boolean.
    package func int() throws(RedisError) -> Int {
        switch self {
        case .integer(let number):
            if let number = Int(exactly: number) { return number }
        case .boolean(let flag): return flag ? 1 : 0
        case .simpleString, .bulkString:
            if let number = Int(try string()) { return number }
        default: break
        }
        throw mismatch("an integer")
    }

    /// A number, also one that came as a string, as RESP2 sends it.
    package func double() throws(RedisError) -> Double {
        switch self {
        case .double(let number): return number
        case .integer(let number): return Double(number)
        case .simpleString, .bulkString:
            if let number = Double(try string()) { return number }
        default: break
        }
        throw mismatch("a number")
    }

    /// The elements of an array or a set.
    package func array() throws(RedisError) -> [RESPValue] {
        switch self {
        case .array(let values), .set(let values), .push(let values): return values
        default: throw mismatch("an array")
        }
    }

    /// Keys and values in their order, from a map as RESP3 sends it or a flat array as RESP2 does.
    package func map() throws(RedisError) -> [(RESPValue, RESPValue)] {
        switch self {
        case .map(let entries): return entries.map { ($0.key, $0.value) }
        case .array(let values) where values.count.isMultiple(of: 2):
            return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
        default: throw mismatch("a map")
        }
    }

    /// Values by the text of their keys; of a repeated key the last one.
    package func dictionary() throws(RedisError) -> [String: RESPValue] {
        var result: [String: RESPValue] = [:]
        for (key, value) in try map() { result[try key.string()] = value }
        return result
    }

    private func mismatch(_ expected: String) -> RedisError {
        if case .error(let reply) = self { return RedisError(reply) }
        return RedisError(.unexpectedReply, "Redis answered \(kind) where \(expected) was expected.")
    }

    /// What this is, without its content.
    var kind: String {
        switch self {
        case .simpleString, .bulkString, .verbatim: "a string"
        case .error: "an error"
        case .integer: "an integer"
        case .array(let values): "an array of \(values.count)"
        case .map(let entries): "a map of \(entries.count)"
        case .set(let values): "a set of \(values.count)"
        case .push: "a push message"
        case .null: "null"
        case .double: "a number"
        case .boolean: "a boolean"
        case .bigNumber: "a big number"
        }
    }
}
