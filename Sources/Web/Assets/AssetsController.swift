internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `/assets`: the style sheet, the script and the icon of the dashboard.
struct AssetsController: Sendable {
    var endpoints: [Endpoint] { [Endpoint(.get, "/assets/{folder}/{file}", .open, show)] }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let name = "\(context.parameters.get("folder") ?? "")/\(context.parameters.get("file") ?? "")"
        guard !name.hasPrefix("templates/"), let asset = Asset.all[name] else {
            throw Problem.notFound("file \(name.prefix(80))")
        }
        let tag = "\"\(asset.version)\""
        // Its address changes with its content, so that whoever asks for this version may keep it.
        let isVersioned = request.uri.query == "v=\(asset.version)"
        let headers: HTTPFields = [
            .contentType: asset.mediaType, .eTag: tag,
            .cacheControl: isVersioned ? "public, max-age=31536000, immutable" : "no-cache",
        ]
        if request.headers[.ifNoneMatch] == tag { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: asset.bytes)))
    }
}
