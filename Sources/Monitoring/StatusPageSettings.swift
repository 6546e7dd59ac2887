/// What the public status page shows, as its owner wants it.
package struct StatusPageSettings: Sendable, Equatable, Codable {
    /// Some sites under a heading.
    package struct Group: Sendable, Equatable, Codable {
        package var name: String
        package var sites: [SiteID]
        /// All sites with any of these.
        package var tags: [String]

        package init(name: String, sites: [SiteID] = [], tags: [String] = []) {
            self.name = name
            self.sites = sites
            self.tags = tags
        }
    }

    /// The title of a page that was given none.
    package static let standardTitle = "Status"

    /// Whether strangers see anything at all.
    package var published: Bool
    package var title: String
    package var description: String?
    /// In the order in which the page has them; a site that several choose is shown in the first of them.
    package var groups: [Group]

    package init(
        published: Bool,
        title: String = Self.standardTitle,
        description: String? = nil,
        groups: [Group] = []
    ) {
        self.published = published
        self.title = title
        self.description = description
        self.groups = groups
    }

    /// All sites and tags that the groups name.
    package var selection: SiteSelection {
        .these(sites: groups.flatMap(\.sites), tags: Set(groups.flatMap(\.tags)).sorted())
    }
}

/// What is kept of the status page.
package struct StatusPageChoice: Sendable, Equatable {
    /// Grows by one with every change; 0 until somebody has chosen.
    package let revision: Int
    /// Nil until somebody has chosen.
    package let settings: StatusPageSettings?
    package let updatedAt: Timestamp?
    /// Random and the same for ever, so that what feeds of two servers name is never taken for the same.
    package let feedKey: String

    package init(revision: Int, settings: StatusPageSettings?, updatedAt: Timestamp?, feedKey: String) {
        self.revision = revision
        self.settings = settings
        self.updatedAt = updatedAt
        self.feedKey = feedKey
    }

    /// What the page is called.
    package var title: String { settings?.title ?? StatusPageSettings.standardTitle }

    /// - Throws: `conflict` where a revision is given that is no longer the page's.
    package func check(_ revision: Int?) throws(StoreError) {
        guard let revision, revision != self.revision else { return }
        throw StoreError(
            .conflict,
            "The status page was changed meanwhile (revision \(self.revision), not \(revision)); read it again."
        )
    }
}

/// Which sites the page reads.
package enum SiteSelection: Sendable, Equatable {
    /// All, by their ids.
    case all
    /// Those of a list, in front, and those with a tag.
    case these(sites: [SiteID], tags: [String])
}
