/// A command with its arguments.
///
/// It describes itself by its name alone, since arguments may be secrets.
package struct RedisCommand: Sendable, Hashable, CustomStringConvertible {
    /// The command's name, such as `XADD` or `XGROUP CREATE`.
    package let name: String
    /// The words of the name, and what follows them.
    package let arguments: [RedisArgument]

    /// Makes a command; a name of two words, such as `XGROUP CREATE`, is sent as two.
    package init(_ name: String, _ arguments: RedisArgument...) {
        self.init(name, arguments: arguments)
    }

    /// Makes a command; a name of two words, such as `XGROUP CREATE`, is sent as two.
    package init(_ name: String, arguments: [RedisArgument]) {
        self.name = name
        self.arguments = name.split(separator: " ").map { RedisArgument.string(String($0)) } + arguments
    }

    package var description: String { name }
}
