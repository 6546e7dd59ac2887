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

    /// The values for the blanks of one command.
    package typealias Values = [RedisArgument]

    /// One command for each row of values.
    ///
    /// - Parameter rows: As many values each as there are blanks.
    package func commands(_ rows: [Values]) -> EncodedCommands {
        let constant = runs.reduce(0) { $0 + $1.count }
        let size = rows.reduce(0) { size, values in
            precondition(values.count == runs.count - 1, "\(name) has \(runs.count - 1) blanks")
            return size + constant + values.reduce(0) { $0 + RESPEncoder.mostBytes(of: $1) }
        }
        let payload = RESPEncoder.buffer(size) { writer in
            for values in rows {
                for (run, value) in zip(runs, values) {
                    writer.bytes(run)
                    RESPEncoder.write(value, to: &writer)
                }
                writer.bytes(runs[values.count])
            }
        }
        return EncodedCommands(payload, count: rows.count, name: name)
    }
}
