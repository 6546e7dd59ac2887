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

    /// One command for each row.
    ///
    /// - Parameters:
    ///   - rows: What the values are of.
    ///   - values: Puts the values of a row into the blanks, one after the other, the same each time.
    /// - Returns: The commands, in the order of the rows.
    package func commands<Row>(
        _ rows: some Collection<Row>,
        values: (Row, _ put: (RedisArgument) -> Void) -> Void
    ) -> EncodedCommands {
        let constant = runs.reduce(0) { $0 + $1.count }
        var size = rows.count * constant
        for row in rows { values(row) { size += RESPEncoder.mostBytes(of: $0) } }
        let payload = RESPEncoder.buffer(size) { writer in
            for row in rows {
                var index = 0
                values(row) { value in
                    writer.bytes(runs[index])
                    RESPEncoder.write(value, to: &writer)
                    index += 1
                }
                precondition(index == runs.count - 1, "\(name) has \(runs.count - 1) blanks")
                writer.bytes(runs[index])
            }
        }
        return EncodedCommands(payload, count: rows.count, name: name)
    }
}
