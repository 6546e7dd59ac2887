internal import Monitoring

/// Incidents as the templates read them.
enum IncidentView {
    /// - Parameters:
    ///   - report: The incident.
    ///   - names: The names of the sites that a person named.
    ///   - now: The moment.
    /// - Returns: What lists and the incident's page read.
    static func row(_ report: IncidentReport, names: [SiteID: String], now: Timestamp) -> View {
        let minutes = (now - report.startedAt).components.seconds / 60
        let common: View = [
            "id": report.id.description,
            "isOpen": report.endedAt == nil,
            "startedAt": SiteView.time(report.startedAt),
            "endedAt": report.endedAt.map(SiteView.time),
            // An open one goes on; a figure that grew by the second would be sent by the second.
            "lasted": report.endedAt.map { SiteView.span($0 - report.startedAt) },
            "openMinutes": report.endedAt == nil ? SiteView.span(.seconds(minutes * 60)) : nil,
            "last": report.updates.last.map(update),
        ]
        switch report.subject {
        case .site(let incident):
            return common.adding([
                "name": "the incident of \(incident.siteName)",
                "site": incident.site.description,
                "siteName": incident.siteName,
                "failure": incident.failure?.message,
                "acknowledgedBy": incident.acknowledgedBy,
                "canAcknowledge": incident.acknowledgedAt == nil && incident.endedAt == nil,
            ])
        case .manual(let incident):
            let scope = MaintenanceScope(sites: incident.sites)
            return common.adding([
                "name": incident.title,
                "title": incident.title,
                "sites": incident.sites.isEmpty ? nil : MaintenanceView.scope(scope, names: names),
                "openedBy": incident.openedBy,
            ])
        }
    }

    static func update(_ update: IncidentUpdate) -> View {
        [
            "word": word(update.status), "message": update.message, "at": SiteView.time(update.at),
            "author": update.author,
        ]
    }

    static func word(_ status: IncidentUpdate.Status) -> String {
        switch status {
        case .investigating: "Investigating"
        case .identified: "Identified"
        case .monitoring: "Monitoring"
        case .resolved: "Resolved"
        }
    }

    /// The statuses that the next update of an incident may have, of which one is chosen.
    static func choices(_ report: IncidentReport?, chosen: String?) -> [View] {
        let choices = IncidentUpdate.Status.allCases.filter { status in
            guard let report else { return status != .resolved }
            guard report.endedAt == nil else { return status == .resolved }
            if case .site = report.subject { return status != .resolved }
            return true
        }
        let chosen = chosen ?? report?.updates.last?.status.rawValue
        return choices.map { ["value": $0.rawValue, "word": word($0), "isSelected": $0.rawValue == chosen] }
    }

    /// The sites that people named in some incidents.
    static func sites(of reports: [IncidentReport]) -> [SiteID] {
        reports.flatMap { report -> [SiteID] in
            guard case .manual(let incident) = report.subject else { return [] }
            return incident.sites
        }
    }
}
