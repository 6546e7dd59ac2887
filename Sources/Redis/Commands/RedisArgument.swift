/// One argument of a command.
package enum RedisArgument: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByIntegerLiteral
{
    case string(String)
    case integer(Int64)
    case bytes([UInt8])

    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }

    /// A text.
    package init(_ text: String) { self = .string(text) }
    /// A number.
    package init(_ number: Int) { self = .integer(Int64(number)) }
    /// A number.
    package init(_ number: Int64) { self = .integer(number) }

    /// The argument as text.
    var text: String {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }
}
