internal import Foundation

/// The program as the build made it, beside the tests.
enum TocsinBinary {
    /// Why there is no program to run.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// The program's path.
    ///
    /// - Returns: The path of `tocsin` in the folder of the test bundle.
    /// - Throws: ``Missing`` where nothing is there that can be run.
    static func path() throws -> String {
        // On Linux the bundle is the running program itself; on macOS a runner loads it and names it in its arguments.
        let candidates = CommandLine.arguments + Bundle.allBundles.map(\.bundlePath)
        for candidate in candidates where candidate.contains(".xctest") {
            var url = URL(filePath: candidate)
            while url.pathExtension != "xctest", url.pathComponents.count > 1 { url.deleteLastPathComponent() }
            let program = url.deletingLastPathComponent().appending(path: "tocsin").path
            if FileManager.default.isExecutableFile(atPath: program) { return program }
        }
        throw Missing(
            description: "There is no program `tocsin` beside the test bundle; run `swift build --build-tests` first."
        )
    }
}
