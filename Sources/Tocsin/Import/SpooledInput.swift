internal import Foundation

/// Standard input as a file, for what has to be read twice.
enum SpooledInput {
    /// Copies standard input into a file that only this user can read, and that is gone afterwards.
    static func withFile<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        var template = Array((NSTemporaryDirectory() + "/tocsin-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw CommandError(
                .failure,
                "No temporary file can be made in \(NSTemporaryDirectory()): \(String(cString: strerror(errno))); set TMPDIR to a folder with room."
            )
        }
        let path = template.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        defer { unlink(path) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            while let piece = try FileHandle.standardInput.read(upToCount: 64 << 10), !piece.isEmpty {
                try file.write(contentsOf: piece)
            }
            try file.close()
        } catch {
            throw CommandError(
                .failure,
                "Standard input can't be copied to \(path): \(FileProblem(error)).",
                cause: error
            )
        }
        return try await body(path)
    }
}
