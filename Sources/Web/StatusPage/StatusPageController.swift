internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/status`: the page for everybody, its history and its feeds.
struct StatusPageController: Sendable {
    /// The page has one copy, for whoever asks.
    private struct Whole: Hashable, Sendable {}

    /// How long a rendered copy is good.
    static let lifetime = Duration.seconds(5)

    private let reader: StatusPageReader
    private let pages: PageRenderer
    private let time: any TimeSource
    private let copies: RenewedCopies<Whole, StatusPageCopy>
    private let months: RenewedCopies<StatusMonth, KeptBody>

    init(reader: StatusPageReader, pages: PageRenderer, time: any TimeSource) {
        self.reader = reader
        self.pages = pages
        self.time = time
        copies = RenewedCopies(lifetime: Self.lifetime, most: 1, time: time)
        months = RenewedCopies(lifetime: Self.lifetime, most: StatusMonth.most, time: time)
    }

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/status", .open) { _, _ in
                Self.answer(try await current().html, "text/html; charset=utf-8")
            },
            Endpoint(.get, "/status.json", .open) { _, _ in Self.answer(try await current().json, "application/json") },
            Endpoint(.get, "/status/history", .open, history),
            Endpoint(.get, "/status/feed.rss", .open) { request, _ in
                Self.answer(KeptBody(try await current().rss.text(for: request)), "application/rss+xml; charset=utf-8")
            },
            Endpoint(.get, "/status/feed.atom", .open) { request, _ in
                Self.answer(
                    KeptBody(try await current().atom.text(for: request)),
                    "application/atom+xml; charset=utf-8"
                )
            },
        ]
    }

    /// The page as it is now, or was a few seconds ago.
    func current() async throws -> StatusPageCopy {
        try await copies.value(of: Whole()) { now in
            StatusPageCopy(try await reader.page(at: now), pages: pages)
        }
    }

    private func history(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "month")
        let now = time.now()
        var month = StatusMonth(of: now)
        if let text = query.given("month") {
            guard let asked = StatusMonth(text) else {
                throw Problem.parameter("month", "should be a month like 2026-11")
            }
            month = asked
        }
        // A month that the history can't have is not kept either, so that nobody fills the memory with such.
        guard month.isKept(at: now) else { throw Problem.notFound("history of \(month.text)") }
        let asked = month
        let page = try await months.value(of: asked) { now in
            KeptBody(
                pages.fragment("status-history", StatusPageView.view(try await reader.history(of: asked, at: now)))
            )
        }
        return Self.answer(page, "text/html; charset=utf-8")
    }

    private static func answer(_ body: KeptBody, _ type: String) -> Response {
        body.response(type: type, cacheControl: "public, max-age=10, stale-while-revalidate=30")
    }
}

/// The page in all of its forms.
struct StatusPageCopy: Sendable {
    let page: StatusPage
    let html: KeptBody
    let json: KeptBody
    let rss: StatusFeedText
    let atom: StatusFeedText

    init(_ page: StatusPage, pages: PageRenderer) {
        self.page = page
        html = KeptBody(pages.fragment("status", StatusPageView.view(page)))
        json = KeptBody(PublicStatusDocument.json(page).text)
        let feed = StatusFeed(page)
        rss = feed.rss
        atom = feed.atom
    }
}
