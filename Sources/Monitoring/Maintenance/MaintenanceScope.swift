/// Which sites maintenance is about: all, or some by their number or by a tag.
package struct MaintenanceScope: Sendable, Equatable, Codable {
    package var all: Bool
    package var sites: [SiteID]
    package var tags: [String]

    package init(all: Bool = false, sites: [SiteID] = [], tags: [String] = []) {
        self.all = all
        self.sites = sites
        self.tags = tags
    }

    /// The sites that any of several scopes covers.
    package static func union(_ scopes: [Self]) -> Self {
        Self(
            all: scopes.contains(where: \.all),
            sites: Set(scopes.flatMap(\.sites)).sorted(),
            tags: Set(scopes.flatMap(\.tags)).sorted()
        )
    }

    /// Whether a site with these tags is meant.
    package func covers(_ site: SiteID, tags: [String]) -> Bool {
        all || sites.contains(site) || tags.contains { self.tags.contains($0) }
    }
}
