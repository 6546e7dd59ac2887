internal import Foundation

/// A file that a command is given, or standard input where it is called `-`.
enum InputFile {
    /// All of its bytes.
    ///
    /// - Throws: ``CommandError``.
    static func data(_ file: String) throws -> Data {
        do {
            return file == "-"
                ? try FileHandle.standardInput.readToEnd() ?? Data() : try Data(contentsOf: URL(filePath: file))
        } catch {
            throw CommandError(.failure, "\(file) can't be read: \(FileProblem(error)).", cause: error)
        }
    }
}
