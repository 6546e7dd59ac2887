/// A call of one function of a library.
package struct RedisFunctionCall: Sendable, Hashable {
    /// The function's name without its version.
    package let function: String
    package let keys: [String]
    package let arguments: [RedisArgument]

    package init(_ function: String, keys: [String], arguments: [RedisArgument]) {
        self.function = function
        self.keys = keys
        self.arguments = arguments
    }
}
