internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Notifications

extension Response {
    /// An answer in JSON; never stored by caches, since it is of one moment and of one token.
    static func json(_ value: JSON, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: value.bytes)))
    }

    /// An answer in text of some media type.
    static func text(_ text: String, type: String = "text/plain; charset=utf-8", headers: HTTPFields = [:]) -> Response
    {
        var headers = headers
        headers[.contentType] = type
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// An answer that has nothing to say.
    static let noContent = Response(status: .noContent)
}
