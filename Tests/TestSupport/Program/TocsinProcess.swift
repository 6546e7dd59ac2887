internal import Foundation
internal import Synchronization

/// One process of the built program; what it writes is kept in files of the workspace.
package final class TocsinProcess: Sendable {
    /// How a process ended.
    package struct Exit: Sendable, Equatable {
        /// What it ended with, or the number of the signal that ended it.
        package let status: Int32
        package let wasKilled: Bool
    }

    /// A process did not do what the test waits for.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(_ description: String) {
            self.description = description
        }
    }

    package let arguments: [String]
    private let process: Mutex<Process>
    private let outputPath: String
    private let errorsPath: String

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - arguments: What follows its name.
    ///   - environment: All of its environment beside PATH.
    ///   - directory: Its working folder.
    ///   - input: The file that it reads as standard input; none where nil.
    ///   - name: The beginning of the names of the files that keep what it writes.
    /// - Throws: Why it can't be started.
    init(
        _ arguments: [String],
        environment: [String: String],
        directory: String,
        input: String?,
        name: String
    ) throws {
        self.arguments = arguments
        outputPath = "\(directory)/\(name).out"
        errorsPath = "\(directory)/\(name).err"
        let process = Process()
        process.executableURL = URL(filePath: try TocsinBinary.path())
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: directory)
        process.environment = environment.merging(
            ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"],
            uniquingKeysWith: { given, _ in given }
        )
        process.standardInput = try input.map { try FileHandle(forReadingFrom: URL(filePath: $0)) } ?? .nullDevice
        process.standardOutput = try Self.file(at: outputPath)
        process.standardError = try Self.file(at: errorsPath)
        try process.run()
        self.process = Mutex(process)
    }

    /// All that it has written to standard output.
    package var output: String { Self.text(at: outputPath) }

    /// All that it has written to standard error.
    package var errors: String { Self.text(at: errorsPath) }

    /// The lines of ``output`` that are whole.
    package var lines: [String] { Self.lines(of: output) }

    /// The lines of ``errors`` that are whole.
    package var errorLines: [String] { Self.lines(of: errors) }

    package var isRunning: Bool { process.withLock { $0.isRunning } }

    package var pid: Int32 { process.withLock { $0.processIdentifier } }

    /// Waits until a line of its output holds a text.
    ///
    /// - Returns: The first such line.
    @discardableResult
    package func line(containing text: String, within limit: Duration = .seconds(30)) async throws -> String {
        var found: String?
        try await eventually("`\(text)` is written by \(self.summary)", within: limit) {
            found = lines.first { $0.contains(text) }
            if found == nil, !isRunning {
                throw Failure("It ended without writing `\(text)`: \(self.summary)")
            }
            return found != nil
        }
        return found ?? ""
    }

    /// Waits until it has ended by itself.
    package func exit(within limit: Duration = .seconds(30)) async throws -> Exit {
        try await eventually("the end of \(summary)", within: limit) { !isRunning }
        return process.withLock {
            Exit(status: $0.terminationStatus, wasKilled: $0.terminationReason == .uncaughtSignal)
        }
    }

    /// Asks it to end (SIGTERM).
    package func terminate() { signal(SIGTERM) }

    /// Ends it as a power cut would (SIGKILL), and waits until it is gone.
    package func kill() async {
        signal(SIGKILL)
        while isRunning {
            // A test that was cancelled must end its processes all the same.
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Stops it from running (SIGSTOP).
    package func pause() { signal(SIGSTOP) }

    /// Lets it run on after ``pause()``.
    package func resume() { signal(SIGCONT) }

    /// What it was and what it wrote last, for the message of a test that failed.
    package var summary: String {
        let tail = (lines.suffix(20) + errorLines.suffix(20)).joined(separator: "\n")
        return "tocsin \(arguments.joined(separator: " "))\n\(tail)"
    }

    private func signal(_ number: Int32) {
        process.withLock { process in
            guard process.isRunning else { return }
            _ = Foundation.kill(process.processIdentifier, number)
        }
    }

    private static func file(at path: String) throws -> FileHandle {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        return try FileHandle(forWritingTo: URL(filePath: path))
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
