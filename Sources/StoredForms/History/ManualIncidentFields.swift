package import Monitoring

/// A row of the incidents that people opened.
package struct ManualIncidentFields: Sendable, Equatable {
    package var id: Int64 = 0
    package var title = ""
    /// Ids as JSON.
    package var sites = "[]"
    package var startedAt: Int64 = 0
    package var endedAt: Int64?
    package var openedBy = ""

    package init() {}

    package init(_ incident: ManualIncident) throws {
        id = incident.id.rawValue
        title = incident.title
        sites = try StoredJSON.text(incident.sites.map(\.rawValue))
        startedAt = incident.startedAt.milliseconds
        endedAt = incident.endedAt?.milliseconds
        openedBy = incident.openedBy
    }

    /// The incident as it is answered.
    package func incident() throws -> ManualIncident {
        ManualIncident(
            id: IncidentID(rawValue: id),
            title: title,
            sites: try StoredJSON.value([Int64].self, from: sites).map { SiteID(rawValue: $0) },
            startedAt: Timestamp(milliseconds: startedAt),
            endedAt: endedAt.map { Timestamp(milliseconds: $0) },
            openedBy: openedBy
        )
    }
}

/// A row of the updates of incidents.
package struct IncidentUpdateFields: Sendable, Equatable {
    package var id: Int64 = 0
    package var incident: Int64 = 0
    package var at: Int64 = 0
    package var status = ""
    package var message = ""
    package var author = ""

    package init() {}

    /// The update as it is answered.
    package func update() throws -> IncidentUpdate {
        guard let status = IncidentUpdate.Status(rawValue: status) else {
            throw StoreError(
                .unusable,
                "An update of an incident has the unknown status \(status); update this tocsin."
            )
        }
        return IncidentUpdate(
            id: Identifier(rawValue: id),
            incident: IncidentID(rawValue: incident),
            at: Timestamp(milliseconds: at),
            status: status,
            message: message,
            author: author
        )
    }
}

/// Puts incidents of both kinds and their updates together.
package enum IncidentReports {
    /// The newest of both kinds.
    ///
    /// - Parameters:
    ///   - incidents: A page of the sites' own, newest first.
    ///   - manual: A page of those that people opened, newest first.
    ///   - limit: How many to keep.
    /// - Returns: A page of both.
    package static func newest(
        _ incidents: [Incident],
        _ manual: [ManualIncident],
        limit: Int
    ) -> [IncidentReport.Subject] {
        let all = incidents.map(IncidentReport.Subject.site) + manual.map(IncidentReport.Subject.manual)
        return Array(all.sorted { $0.id > $1.id }.prefix(max(limit, 0)))
    }

    /// Incidents, each with its own of some updates.
    package static func reports(_ subjects: [IncidentReport.Subject], _ updates: [IncidentUpdate]) -> [IncidentReport] {
        let byIncident = Dictionary(grouping: updates, by: \.incident)
        return subjects.map { IncidentReport(subject: $0, updates: byIncident[$0.id] ?? []) }
    }
}
