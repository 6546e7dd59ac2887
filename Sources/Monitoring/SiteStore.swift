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

    /// A page of sites with their standing, in one query whatever their number, in the order of their ids.
    func overviews(_ query: SiteQuery) async throws -> SitePage

    /// How many sites there are in each status.
    func statusCounts() async throws -> [SiteStatus: Int]

    /// Makes a duration the interval of every site that sets none.
    func applyDefaultInterval(_ interval: Duration) async throws
}

/// Which sites to list.
package struct SiteQuery: Sendable, Equatable {
    /// The last id of the page before.
    package var after: SiteID?
    package var limit: Int
    /// Text that the name or the URL contains.
    package var search: String?
    package var status: SiteStatus?
    package var tag: String?
    /// How many of the newest results come with each site, oldest first; 0 for none.
    package var beats: Int

    package init(
        after: SiteID? = nil,
        limit: Int = 100,
        search: String? = nil,
        status: SiteStatus? = nil,
        tag: String? = nil,
        beats: Int = 0
    ) {
        self.after = after
        self.limit = limit
        self.search = search
        self.status = status
        self.tag = tag
        self.beats = beats
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
