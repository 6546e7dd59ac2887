internal import Foundation

/// One process of the built program; what it writes is kept in files of the workspace.
package final class TocsinProcess: Sendable {
    /// A process did not do what the test waits for.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(_ description: String) {
            self.description = description
        }
    }

    private let program: String
    package let arguments: [String]
    private let process: ChildProcess
    private let outputPath: String
    private let errorsPath: String

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - program: Its name, as the build made it.
    ///   - arguments: What follows its name.
    ///   - environment: All of its environment beside PATH.
    ///   - directory: Its working folder.
    ///   - input: The file that it reads as standard input; none where nil.
    ///   - name: The beginning of the names of the files that keep what it writes.
    /// - Throws: Why it can't be started.
    package init(
        program: String = "tocsin",
        _ arguments: [String],
        environment: [String: String] = [:],
        directory: String,
        input: String? = nil,
        name: String = "process"
    ) throws {
        self.program = program
        self.arguments = arguments
        outputPath = "\(directory)/\(name).out"
        errorsPath = "\(directory)/\(name).err"
        // What stands before the program's path sets the folder, the streams and the environment, and then becomes it. A
        // write beyond the limit of a file's size is to fail, as on a full disk, and not to kill.
        let variables = environment.merging(
            ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"],
            uniquingKeysWith: { given, _ in given }
        )
        process = try ChildProcess(
            "/bin/sh",
            [
                "-c", #"trap "" XFSZ; cd "$1" && exec <"$2" >"$3" 2>"$4" && shift 4 && exec env -i "$@""#, "sh",
                directory,
                input ?? "/dev/null", outputPath, errorsPath,
            ] + variables.map { "\($0.key)=\($0.value)" } + [try TocsinBinary.path(program)] + arguments
        )
    }

    /// All that it has written to standard output.
    package var output: String { Self.text(at: outputPath) }

    /// All that it has written to standard error.
    package var errors: String { Self.text(at: errorsPath) }

    /// The lines of ``output`` that are whole.
    package var lines: [String] { Self.lines(of: output) }

    /// The lines of ``errors`` that are whole.
    package var errorLines: [String] { Self.lines(of: errors) }

    package var isRunning: Bool { process.isRunning }

    /// The number of the process while it has not ended.
    package var processID: Int32? { process.processID }

    /// Its exit status once it has ended, or the negative number of the signal that ended it.
    package var status: Int32? { process.status }

    /// The memory of it that is resident, in bytes; nil where that is not known.
    package var residentBytes: Int? { process.residentBytes }

    /// Waits until a line of its output holds a text.
    ///
    /// - Returns: The first such line.
    @discardableResult
    package func line(containing text: String, within limit: Duration = .seconds(30)) async throws -> String {
        var found: String?
        try await eventually("`\(text)` is written by \(name)", within: limit) {
            found = lines.first { $0.contains(text) }
            if found == nil, !isRunning {
                throw Failure("\(name) ended without writing `\(text)`")
            }
            return found != nil
        }
        return found ?? ""
    }

    /// Waits until it has ended by itself.
    ///
    /// - Returns: Its exit status, or the negative number of the signal that ended it.
    package func exitStatus(within limit: Duration = .seconds(30)) async throws -> Int32 {
        try await eventually("the end of \(name)", within: limit) { !isRunning }
        return process.status ?? 0
    }

    /// Asks it to end (SIGTERM).
    package func terminate() { process.signal(SIGTERM) }

    /// Stops it from running (SIGSTOP): its connections stay, and nothing answers.
    package func pause() { process.signal(SIGSTOP) }

    /// Lets it run on after ``pause()``.
    package func resume() { process.signal(SIGCONT) }

    /// Ends it as a power cut would (SIGKILL), and waits until it is gone.
    package func kill() async {
        process.signal(SIGKILL)
        await process.ended()
    }

    private var name: String { "\(program) \(arguments.joined(separator: " "))" }

    /// What it was and what it wrote last, for the message of a test that failed.
    package var summary: String {
        let tail = (lines.suffix(20) + errorLines.suffix(20)).joined(separator: "\n")
        return "\(name)\n\(tail)"
    }

    private static func text(at path: String) -> String {
        // A file that can't be read is as good as an empty one: the condition on it is then not met.
        (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private static func lines(of text: String) -> [String] {
        guard let end = text.lastIndex(of: "\n") else { return [] }
        return text[..<end].split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
