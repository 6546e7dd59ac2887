internal import Crypto
internal import Monitoring
internal import NIOCore
internal import Notifications

/// Keeps the rendered page, and renews it at most every few seconds however many ask.
actor StatusPageCache {
    /// The page in both of its forms.
    struct Copy: Sendable {
        let html: ByteBuffer
        let json: ByteBuffer
        let htmlTag: String
        let jsonTag: String
    }

    static let lifetime = Duration.seconds(5)

    private let store: any StatusStore
    private let showsSites: Bool
    private let pages: PageRenderer
    private let time: any TimeSource
    private var copy: Copy?
    private var renewedAt: Timestamp?
    private var isRenewing = false

    init(store: any StatusStore, showsSites: Bool, pages: PageRenderer, time: any TimeSource) {
        self.store = store
        self.showsSites = showsSites
        self.pages = pages
        self.time = time
    }

    /// The page; while one request renews it, the others get the one before.
    func current() async throws -> Copy {
        let now = time.now()
        if let copy, let renewedAt, isRenewing || (renewedAt <= now && now < renewedAt + Self.lifetime) { return copy }
        isRenewing = true
        defer { isRenewing = false }
        let page = try await StatusPage.read(store, showsSites: showsSites, at: now)
        let html = ByteBuffer(string: pages.fragment("status", StatusPageView.view(page)))
        let json = ByteBuffer(bytes: StatusPageView.json(page).bytes)
        let fresh = Copy(html: html, json: json, htmlTag: Self.tag(of: html), jsonTag: Self.tag(of: json))
        copy = fresh
        renewedAt = now
        return fresh
    }

    private static func tag(of buffer: ByteBuffer) -> String {
        "\"\(TokenSecret.hex(SHA256.hash(data: Array(buffer.readableBytesView)).prefix(8)))\""
    }
}
