internal import Monitoring
internal import Notifications

/// A site as people name one: by its id, its name or its URL.
struct SiteReference {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The site's id.
    ///
    /// - Throws: ``CommandError`` where there is no such site, or several of that URL.
    func id(with client: ServerClient) async throws -> String {
        if SiteID(text) != nil { return text }
        var named: [JSON] = []
        var addressed: [JSON] = []
        try await client.pages(["v1", "sites"], by: .after, query: [("search", text)]) { page in
            named += page.filter { $0["name"]?.string == text }
            addressed += page.filter { $0["url"]?.string == text }
        }
        let shown = Printable.text(text, atMost: 200)
        let found = named.isEmpty ? addressed : named
        guard let first = found.first, let id = first["id"]?.string else {
            throw CommandError(.failure, "There is no site `\(shown)`; `tocsin sites list` shows them all.")
        }
        guard found.count == 1 else {
            throw CommandError(.failure, "\(found.count) sites have the URL `\(shown)`; name one by its name or id.")
        }
        return id
    }
}
