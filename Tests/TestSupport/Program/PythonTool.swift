internal import Foundation

/// A program of the virtual environment that `scripts/dependencies test` makes.
package enum PythonTool {
    /// A file of the package, by its path from the package's folder.
    package static func file(_ path: String) -> String { root.appending(path: path).path }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// What a program came to.
    package struct Outcome: Sendable {
        package let status: Int32
        /// Its output and its errors.
        package let output: String
    }

    /// Runs a program to its end, which should come within `limit`.
    ///
    /// - Parameters:
    ///   - name: Such as `schemathesis`.
    ///   - arguments: Its arguments.
    ///   - directory: Where it runs.
    ///   - limit: When it is killed.
    /// - Returns: How it ended.
    /// - Throws: Why it could not be run, or that it was killed.
    package static func run(
        _ name: String,
        _ arguments: [String],
        in directory: String,
        within limit: Duration = .seconds(60)
    ) async throws -> Outcome {
        let program = file(".venv/bin/\(name)")
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw TocsinProcess.Failure("There is no \(program); run `scripts/dependencies test` first.")
        }
        let log = "\(directory)/\(name).log"
        let process = try ChildProcess(
            "/bin/sh",
            ["-c", "cd \"$1\" && shift && exec \"$@\" > \"$0\" 2>&1", log, directory, program] + arguments
        )
        let deadline = ContinuousClock.now + limit
        while process.isRunning, ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
        let isLate = process.isRunning
        process.signal(SIGKILL)
        await process.ended()
        let output = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        guard !isLate else { throw TocsinProcess.Failure("\(name) did not end in \(limit): \(output.suffix(2_000))") }
        return Outcome(status: process.status ?? -1, output: output)
    }
}
