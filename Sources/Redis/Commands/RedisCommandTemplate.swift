internal import NIOCore

/// A command that is sent many times over with other values in some places: what stays the same is encoded once.
package struct RedisCommandTemplate: Sendable {
    private let name: String
    /// The bytes before each blank, and behind the last.
    private let runs: [[UInt8]]

    /// Makes a template.
    ///
    /// - Parameters:
    ///   - name: The command's name.
    ///   - arguments: What follows it; nil is a blank.
    package init(_ name: String, _ arguments: [RedisArgument?]) {
        self.name = name
        let words = name.split(separator: " ")
        var runs: [[UInt8]] = []
        var run = Array("*\(words.count + arguments.count)\r\n".utf8)
        for word in words { run += RESPEncoder.bytes(of: .string(String(word))) }
        for argument in arguments {
            if let argument {
                run += RESPEncoder.bytes(of: argument)
            } else {
                runs.append(run)
                run = []
            }
        }
        self.runs = runs + [run]
    }

    /// A number of commands.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - values: Puts the values of one of them into its blanks, one after the other, the same each time.
    /// - Returns: The commands, in their order.
    package func commands(
        _ count: Int,
        values: (_ index: Int, _ put: (RedisArgument) -> Void) -> Void
    ) -> EncodedCommands {
        var size = count * runs.reduce(0) { $0 + $1.count }
        for index in 0..<count { values(index) { size += RESPEncoder.mostBytes(of: $0) } }
        let payload = RESPEncoder.buffer(size) { writer in
            for index in 0..<count {
                var blank = 0
                values(index) { value in
                    writer.bytes(runs[blank])
                    RESPEncoder.write(value, to: &writer)
                    blank += 1
                }
                precondition(blank == runs.count - 1, "\(name) has \(runs.count - 1) blanks")
                writer.bytes(runs[blank])
            }
        }
        return EncodedCommands(payload, count: count, name: name)
    }
}
