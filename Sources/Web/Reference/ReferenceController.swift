internal import Crypto
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// `/docs`: the reference of the API, made of its description when it is first asked for.
final class ReferenceController: Sendable {
    private struct Copy {
        let html: ByteBuffer
        let tag: String
    }

    private let pages: PageRenderer
    private let copy = Mutex<Copy?>(nil)

    init(pages: PageRenderer) {
        self.pages = pages
    }

    var endpoints: [Endpoint] { [Endpoint(.get, "/docs", .open, show)] }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let copy = try self.copy.withLock { kept in
            if let kept { return kept }
            let made = try make()
            kept = made
            return made
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .eTag: copy.tag, .cacheControl: "no-cache",
            ],
            body: .init(byteBuffer: copy.html)
        )
    }

    private func make() throws -> Copy {
        let description = try APIDescription(yaml: Asset.openAPI.text)
        let html = pages.publicPage("reference", title: "API", ReferencePage(description).view)
        return Copy(
            html: ByteBuffer(string: html),
            tag: "\"\(TokenSecret.hex(SHA256.hash(data: Array(html.utf8)).prefix(8)))\""
        )
    }
}
