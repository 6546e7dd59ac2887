internal import Foundation

/// Runs `body` with the path of an empty folder that is gone afterwards.
///
/// A folder that the caller names is the caller's: it is neither made nor removed.
package func withTemporaryDirectory<Result>(
    in directory: String? = nil,
    _ body: (String) async throws -> Result
) async throws -> Result {
    if let directory { return try await body(directory) }
    let url = FileManager.default.temporaryDirectory.appending(path: "tocsin-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try await body(url.path)
}
