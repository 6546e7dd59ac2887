internal import Foundation

/// The programs as the build made them, beside the tests.
package enum TocsinBinary {
    /// Why there is no program to run.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// A program's path.
    ///
    /// - Parameter name: Such as `tocsin`.
    /// - Returns: Its path in the folder of the test bundle, or of the running program.
    /// - Throws: ``Missing`` where nothing is there that can be run.
    package static func path(_ name: String = "tocsin") throws -> String {
        // On Linux the bundle is the running program itself; on macOS a runner loads it and names it in its arguments.
        let candidates = CommandLine.arguments + Bundle.allBundles.map(\.bundlePath)
        for candidate in candidates where candidate.contains(".xctest") {
            var url = URL(filePath: candidate)
            while url.pathExtension != "xctest", url.pathComponents.count > 1 { url.deleteLastPathComponent() }
            let program = url.deletingLastPathComponent().appending(path: name).path
            if FileManager.default.isExecutableFile(atPath: program) { return program }
        }
        if let program = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: name).path,
            FileManager.default.isExecutableFile(atPath: program)
        {
            return program
        }
        throw Missing(
            description: "There is no program `\(name)` beside the tests; run `swift build --build-tests` first."
        )
    }
}
