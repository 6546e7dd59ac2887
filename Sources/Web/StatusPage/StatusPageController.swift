internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `/status`: the page for everybody.
struct StatusPageController: Sendable {
    let cache: StatusPageCache

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/status", .open) { request, _ in
                let copy = try await cache.current()
                return Self.answer(request, copy.html, copy.htmlTag, "text/html; charset=utf-8")
            },
            Endpoint(.get, "/status.json", .open) { request, _ in
                let copy = try await cache.current()
                return Self.answer(request, copy.json, copy.jsonTag, "application/json")
            },
        ]
    }

    private static func answer(_ request: Request, _ body: ByteBuffer, _ tag: String, _ type: String) -> Response {
        let headers: HTTPFields = [
            .contentType: type, .eTag: tag, .cacheControl: "public, max-age=10, stale-while-revalidate=30",
        ]
        if request.headers[.ifNoneMatch]?.contains(tag) == true {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: body))
    }
}
