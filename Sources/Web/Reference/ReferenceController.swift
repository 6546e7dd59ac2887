internal import Hummingbird
internal import Synchronization

/// `/docs`: the reference of the API, made of its description when it is first asked for.
final class ReferenceController: Sendable {
    private let pages: PageRenderer
    private let copy = Mutex<KeptBody?>(nil)

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
        return copy.response(type: "text/html; charset=utf-8", cacheControl: "no-cache")
    }

    private func make() throws -> KeptBody {
        let description = try APIDescription(yaml: Asset.openAPI.text)
        return KeptBody(pages.publicPage("reference", title: "API", ReferencePage(description).view))
    }
}
