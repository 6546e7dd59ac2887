internal import Foundation

/// Reads a file of any size in pieces.
struct LineFile {
    private static let pieceSize = 64 << 10
    private static let longestLine = 4 << 20

    private let path: String

    init(path: String) {
        self.path = path
    }

    /// Hands on each piece of the file.
    func forEachPiece(_ body: ([UInt8]) async throws -> Void) async throws {
        let handle: FileHandle
        do {
            handle = try FileHandle(forReadingFrom: URL(filePath: path))
        } catch {
            throw ImportProblem(line: nil, "can't be read: \(FileProblem(error))")
        }
        // Nothing was written that closing could lose.
        defer { try? handle.close() }
        while let piece = try read(handle), !piece.isEmpty {
            try Task.checkCancellation()
            try await body(Array(piece))
        }
    }

    /// Hands on each line, without its end and without a byte order mark at the start.
    func forEach(_ body: (String) async throws -> Void) async throws {
        var rest: [UInt8] = []
        var count = 0
        func line(_ bytes: ArraySlice<UInt8>) throws -> String {
            count += 1
            var bytes = bytes
            if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
            if count == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw ImportProblem(line: count, "text that is not UTF-8")
            }
            return text
        }
        try await forEachPiece { piece in
            rest += piece
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                try await body(try line(rest[start..<end]))
                start = end + 1
            }
            rest.removeSubrange(..<start)
            guard rest.count <= Self.longestLine else {
                throw ImportProblem(line: count + 1, "a line of more than 4 MiB")
            }
        }
        if !rest.isEmpty { try await body(try line(rest[...])) }
    }

    /// The size of a file in bytes.
    static func size(of path: String) throws -> Int {
        do {
            return try URL(filePath: path).resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
        } catch {
            throw ImportProblem(line: nil, "can't be read: \(FileProblem(error))")
        }
    }

    /// The whole text of a file that is not large.
    static func text(of path: String) throws -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ImportProblem(line: nil, "can't be read: \(FileProblem(error))")
        }
        let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ImportProblem(line: nil, "is not UTF-8 text")
        }
        return text
    }

    private func read(_ handle: FileHandle) throws -> Data? {
        do {
            return try handle.read(upToCount: Self.pieceSize)
        } catch {
            throw ImportProblem(line: nil, "can't be read: \(FileProblem(error))")
        }
    }
}
