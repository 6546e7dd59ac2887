/// A command with its arguments.
///
/// It describes itself by its name alone, since arguments may be secrets.
package struct RedisCommand: Sendable, Hashable, CustomStringConvertible {
    /// The command's name, such as `XADD` or `XGROUP CREATE`; each word is sent by itself.
    package let name: String
    /// What follows the name.
    package let arguments: [RedisArgument]

    /// Makes a command of a name and what follows.
    package init(_ name: String, _ arguments: RedisArgument...) {
        self.init(name, arguments: arguments)
    }

    /// Makes a command of a name and what follows.
    package init(_ name: String, arguments: [RedisArgument]) {
        self.name = name
        self.arguments = arguments
    }

    package var description: String { name }
}
