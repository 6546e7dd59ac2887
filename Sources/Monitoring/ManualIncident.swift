/// An incident that a person opened: it is no site's state, and moves neither states nor uptime.
package struct ManualIncident: Sendable, Equatable, Identifiable {
    /// Of the same series as the numbers of the sites' own incidents.
    package let id: IncidentID
    package let title: String
    /// Which sites it is about; none where it is about something else.
    package let sites: [SiteID]
    package let startedAt: Timestamp
    /// Nil while it is open.
    package let endedAt: Timestamp?
    package let openedBy: String

    package init(
        id: IncidentID,
        title: String,
        sites: [SiteID],
        startedAt: Timestamp,
        endedAt: Timestamp? = nil,
        openedBy: String
    ) {
        self.id = id
        self.title = title
        self.sites = sites
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.openedBy = openedBy
    }
}
