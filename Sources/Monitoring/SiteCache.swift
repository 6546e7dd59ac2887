/// The sites that a worker has seen, so that it asks the database only for those that it hasn't, or not in this revision.
struct SiteCache: Sendable {
    private struct Entry: Sendable {
        var site: Site
        /// The slot, if it was down, that this worker recorded last.
        var downSlot: Timestamp?
    }

    private let capacity: Int
    private var entries: [SiteID: Entry] = [:]

    init(capacity: Int = 100_000) {
        self.capacity = capacity
    }

    /// Those of the jobs' sites that must be loaded.
    func missing(for jobs: [HeldJob]) -> [SiteID] {
        var ids: Set<SiteID> = []
        for held in jobs {
            guard let id = held.job.siteID else { continue }
            // Without a revision the current settings are meant, and those are only in the database.
            guard let revision = held.job.revision, let entry = entries[id], entry.site.revision >= revision else {
                ids.insert(id)
                continue
            }
        }
        return ids.sorted()
    }

    /// Takes what was loaded; what was asked for and not found is gone.
    mutating func insert(_ sites: [Site], askedFor ids: [SiteID]) {
        if entries.count + sites.count > capacity { entries.removeAll(keepingCapacity: true) }
        let found = Set(sites.map(\.id))
        for id in ids where !found.contains(id) { entries[id] = nil }
        for site in sites { entries[site.id] = Entry(site: site, downSlot: entries[site.id]?.downSlot) }
    }

    subscript(id: SiteID) -> Site? { entries[id]?.site }

    /// Whether the site is known to have been down at the slot before this one: then there is nothing to confirm.
    ///
    /// Of an older slot another worker may have recorded that it was up again since.
    func wasDown(_ site: Site, before slot: Timestamp) -> Bool {
        entries[site.id]?.downSlot.map { slot - $0 <= site.interval } ?? false
    }

    /// Keeps what the slot came to.
    mutating func recorded(_ result: CheckResult) {
        entries[result.site]?.downSlot = result.observation.verdict == .down ? result.slot : nil
    }

    /// Forgets a site that turned out to be gone or changed.
    mutating func remove(_ id: SiteID) {
        entries[id] = nil
    }
}
