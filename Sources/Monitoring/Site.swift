/// The number of a site; what the stream calls `websiteId`.
package typealias SiteID = Identifier<Site>

/// A registered website and how it is watched.
package struct Site: Sendable, Equatable, Identifiable {
    package let id: SiteID
    /// Grows by one with every change of the settings; a job names the revision that it was made from.
    package let revision: Int
    package let settings: SiteSettings
    /// The interval in force: the site's own, or the server's default.
    package let interval: Duration
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    package init(
        id: SiteID,
        revision: Int,
        settings: SiteSettings,
        interval: Duration,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.revision = revision
        self.settings = settings
        self.interval = interval
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The longest that one attempt may take: the site's own timeout or 10 s, and never more than the interval.
    package var timeout: Duration { min(settings.timeout ?? .seconds(10), interval) }
}
