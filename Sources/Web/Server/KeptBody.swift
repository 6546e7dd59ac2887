internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// A text for many readers, with its tag: each answer costs its bytes alone.
struct KeptBody: Sendable {
    private let bytes: ByteBuffer
    private let tag: String

    init(_ text: String) {
        bytes = ByteBuffer(string: text)
        tag = EntityTag.text(of: text.utf8)
    }

    func response(type: String, cacheControl: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type, .eTag: tag, .cacheControl: cacheControl],
            body: .init(byteBuffer: bytes)
        )
    }
}
