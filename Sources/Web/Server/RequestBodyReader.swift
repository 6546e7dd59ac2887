internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Notifications

/// Reads the body of a request within its bound.
enum RequestBodyReader {
    /// Larger bodies are refused, as the contract says.
    static let limit = 1 << 20

    /// The whole body.
    ///
    /// - Parameter request: Whose body has not been read.
    /// - Returns: At most ``limit`` bytes.
    /// - Throws: ``Problem`` 413 where it is too large; a length that is announced is refused before it is read.
    static func bytes(of request: Request) async throws -> [UInt8] {
        if let announced = request.headers[.contentLength].flatMap({ Int($0) }), announced > limit {
            throw Problem.bodyTooLarge
        }
        let buffer = try await request.body.collect(upTo: limit)
        return Array(buffer.readableBytesView)
    }

    /// The body as JSON.
    ///
    /// - Parameters:
    ///   - request: Whose body has not been read.
    ///   - types: Media types beside `application/json` that are JSON here.
    /// - Returns: The one value that the body is.
    /// - Throws: ``Problem`` 413, 415 for another media type, ``JSONSyntaxError``.
    static func json(of request: Request, types: Set<String> = []) async throws -> JSON {
        try requireJSON(request, types: types)
        let bytes = try await bytes(of: request)
        guard !bytes.isEmpty else { throw Problem(.badRequest, "The body is empty; it should be JSON.") }
        return try JSON(parsing: bytes)
    }

    /// Refuses what says that it is something else than JSON; a body without a media type is taken for JSON.
    static func requireJSON(_ request: Request, types: Set<String> = []) throws {
        guard let value = request.headers[.contentType] else { return }
        let type = value.prefix { $0 != ";" }.trimmingSpaces.lowercased()
        guard type != "application/json", !types.contains(type) else { return }
        throw Problem(.unsupportedMediaType, "The body should be application/json, not \(type.prefix(100)).")
    }
}

extension StringProtocol {
    /// The text without the spaces and tabs around it.
    var trimmingSpaces: String {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
