internal import Hummingbird
internal import Monitoring

/// Which sites a page lists, and in which order.
struct SiteFilter: Hashable, Sendable {
    var after: SiteID?
    var afterStatus: SiteStatus?
    var search: String?
    var status: SiteStatus?
    var tag: String?
    var group: String?
    /// Trouble first, unless it is said otherwise.
    var order = SiteQuery.Order.trouble

    init() {}

    /// Reads it from a page's query, or from that of the page's live updates.
    init(_ query: Query) throws {
        search = query["search"]
        status = query["status"].flatMap(SiteStatus.init(rawValue:))
        tag = query["tag"]
        group = query["group"]
        order = query["sort"].flatMap(SiteQuery.Order.init(rawValue:)) ?? .trouble
        guard let place = query["after"] else { return }
        let parts = place.split(separator: "-", maxSplits: 1)
        guard let id = parts.last.flatMap({ SiteID($0) }) else {
            throw Problem.parameter("after", "is not one that a page gave")
        }
        after = id
        afterStatus = parts.count == 2 ? SiteStatus(rawValue: String(parts[0])) : nil
    }

    var isNarrowed: Bool { search != nil || status != nil || tag != nil || group != nil }

    /// The page's query with another beginning, and with another status where one is given.
    func parameters(after place: String? = nil, status other: SiteStatus?? = .none) -> String {
        let status = other ?? self.status
        return [
            ("search", search), ("status", status?.rawValue), ("tag", tag), ("group", group),
            ("sort", order == .trouble ? nil : order.rawValue), ("after", place),
        ]
        .compactMap { name, value in value.map { "\(name)=\(SignInController.encoded($0))" } }
        .joined(separator: "&")
    }

    /// Where this page begins, as a query says it.
    var place: String? { after.map { id in afterStatus.map { "\($0.rawValue)-\(id)" } ?? id.description } }

    /// Where the page behind this one begins.
    func next(after page: SitePage) -> String? {
        guard let next = page.next, let last = page.items.last else { return nil }
        return order == .trouble && status == nil ? "\(last.status.rawValue)-\(next)" : next.description
    }
}
