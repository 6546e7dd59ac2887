/// The registered sites, and what people read of them.
///
/// A change of settings raises the site's revision. Every change records its author. Every method may throw
/// ``StoreError``; a change that throws has changed nothing.
package protocol SiteStore: Sendable {
    /// Adds sites, all or none.
    ///
    /// - Throws: `conflict`, with the name in the message, where a name is taken.
    func add(_ settings: [SiteSettings], by author: Author) async throws -> [Site]

    /// Adds sites, or changes those whose name exists already, all or none.
    ///
    /// - Returns: The sites, and how many of them are new.
    func upsert(_ settings: [SiteSettings], by author: Author) async throws -> (sites: [Site], added: Int)

    /// Replaces a site's settings.
    ///
    /// Where a revision is given, it is the one that the change was made from; `conflict` if it is no longer that.
    func update(_ id: SiteID, to settings: SiteSettings, revision: Int?, by author: Author) async throws -> Site

    /// Hides the site at once and closes its open incident; its history is purged later.
    func remove(_ id: SiteID, by author: Author) async throws

    /// The site, if it is registered.
    func site(_ id: SiteID) async throws -> Site?

    /// The site of a name, if there is one.
    func site(named name: String) async throws -> Site?

    /// Those of the sites that are registered, in one query.
    func sites(_ ids: [SiteID]) async throws -> [Site]

    /// A page of sites with their standing, in a few queries whatever their number.
    func overviews(_ query: SiteQuery) async throws -> SitePage

    /// How many sites there are in each status.
    func statusCounts() async throws -> [SiteStatus: Int]

    /// The tags and groups that sites have, at most ``SiteLabels/most`` of each.
    func labels() async throws -> SiteLabels

    /// Makes a duration the interval of every site that sets none.
    func applyDefaultInterval(_ interval: Duration) async throws
}

/// What sites are sorted out by.
package struct SiteLabels: Sendable, Equatable {
    /// More than these nobody picks from a list.
    package static let most = 200

    /// In alphabetical order.
    package let tags: [String]
    package let groups: [String]

    package init(tags: [String], groups: [String]) {
        self.tags = tags
        self.groups = groups
    }
}

/// Which sites to list.
package struct SiteQuery: Sendable, Equatable {
    /// How sites follow each other; the id decides between equals.
    package enum Order: String, Sendable, CaseIterable {
        /// By the status, in the order of ``troubleOrder``.
        case trouble
        /// By the name, in upper or lower case.
        case name
        /// In the order in which they were added.
        case added
    }

    /// The statuses, those that ask for someone first.
    package static let troubleOrder: [SiteStatus] = [
        .down, .degraded, .unknown, .pending, .maintenance, .up, .paused,
    ]

    /// The last id of the page before.
    package var after: SiteID?
    /// The status of the last site of the page before, where the order goes by it.
    package var afterStatus: SiteStatus?
    package var order: Order
    package var limit: Int
    /// Text that the name or the URL contains.
    package var search: String?
    package var status: SiteStatus?
    package var tag: String?
    package var group: String?
    /// How many of the newest results come with each site, oldest first; 0 for none.
    package var beats: Int

    package init(
        after: SiteID? = nil,
        afterStatus: SiteStatus? = nil,
        order: Order = .added,
        limit: Int = 100,
        search: String? = nil,
        status: SiteStatus? = nil,
        tag: String? = nil,
        group: String? = nil,
        beats: Int = 0
    ) {
        self.after = after
        self.afterStatus = afterStatus
        self.order = order
        self.limit = limit
        self.search = search
        self.status = status
        self.tag = tag
        self.group = group
        self.beats = beats
    }
}

extension SiteQuery {
    /// The same as queries of which each is about one status, in the order of trouble and from the place of this one on;
    /// only itself where its order or its status leaves nothing to part.
    ///
    /// Each is a range of an index, so that a page costs what it shows and not what there is.
    package var partsByTrouble: [SiteQuery] {
        guard order == .trouble, status == nil else { return [self] }
        let place = after == nil ? nil : afterStatus
        return Self.troubleOrder.drop { place != nil && $0 != place }.map { status in
            var part = self
            part.status = status
            if status != place { part.after = nil }
            return part
        }
    }
}

/// A page of sites, and where the next begins.
package struct SitePage: Sendable, Equatable {
    package let items: [SiteOverview]
    /// What to pass as ``SiteQuery/after`` for the next page; nil at the end.
    package let next: SiteID?

    package init(items: [SiteOverview], next: SiteID?) {
        self.items = items
        self.next = next
    }
}

/// A site with its standing.
package struct SiteOverview: Sendable, Equatable {
    package let site: Site
    package let status: SiteStatus
    package let since: Timestamp
    /// The newest result.
    package let latest: StoredResult?
    /// Newest results, oldest first.
    package let beats: [Beat]
    /// The share of the last 24 h (or of the site's life, if shorter) in which no incident was open; nil before the first result.
    package let uptime24h: Double?

    package init(
        site: Site,
        status: SiteStatus,
        since: Timestamp,
        latest: StoredResult?,
        beats: [Beat],
        uptime24h: Double?
    ) {
        self.site = site
        self.status = status
        self.since = since
        self.latest = latest
        self.beats = beats
        self.uptime24h = uptime24h
    }
}

/// One result as a heartbeat bar shows it.
package struct Beat: Sendable, Equatable {
    package let slot: Timestamp
    package let verdict: Verdict
    package let total: Duration?

    package init(slot: Timestamp, verdict: Verdict, total: Duration?) {
        self.slot = slot
        self.verdict = verdict
        self.total = total
    }
}
