internal import Monitoring

/// The status page as its templates read it.
enum StatusPageView {
    private static func frame(_ title: String) -> View {
        [
            "title": title,
            "styles": PageRenderer.path("styles/status.css"),
            "icon": PageRenderer.path("images/icon.svg"),
        ]
    }

    static func view(_ page: StatusPage) -> View {
        frame(page.title).adding([
            // Not `description`, which maintenance without one would take for its own.
            "about": page.description,
            "banner": page.isHidden ? "unknown" : page.banner.rawValue,
            "sentence": page.isHidden ? "Nothing is published here" : sentence(page.banner),
            "at": SiteView.time(page.at),
            "isHidden": page.isHidden,
            "isEmpty": !page.isHidden && page.groups.isEmpty,
            "groups": page.groups.map { group -> View in
                ["name": group.name ?? (page.groups.count == 1 ? "Sites" : "Others"), "lines": group.lines.map(line)]
            },
            "hasOpen": !page.open.isEmpty,
            "open": page.open.map(incident),
            "hasEnded": !page.ended.isEmpty,
            "ended": page.ended.map(incident),
            "hasMaintenance": !page.maintenance.isEmpty,
            "maintenance": page.maintenance.map { maintenance($0, at: page.at) },
        ])
    }

    static func view(_ history: StatusHistory) -> View {
        frame(history.title).adding([
            "month": history.month.name,
            "incidents": history.incidents.map(incident),
            "isEmpty": history.incidents.isEmpty && !history.isHidden,
            "isHidden": history.isHidden,
            "isCut": history.isCut,
            "most": String(StatusPageReader.mostOfMonth),
            "newer": history.newer.map { ["query": $0.text, "name": $0.name] as View },
            "older": history.older.map { ["query": $0.text, "name": $0.name] as View },
        ])
    }

    static func sentence(_ banner: StatusPage.Banner) -> String {
        switch banner {
        case .operational: "All systems operational"
        case .incident: "An incident is being worked on"
        case .degraded: "Some systems are slow"
        case .partialOutage: "Partial outage"
        case .majorOutage: "Major outage"
        case .maintenance: "Maintenance in progress"
        case .unknown: "The state is not known yet"
        }
    }

    static func word(_ status: SiteStatus) -> String { status == .up ? "Operational" : SiteView.word(status) }

    private static func incident(_ incident: PublicIncident) -> View {
        [
            "id": incident.id.description,
            "title": incident.title,
            "isOpen": incident.isOpen,
            // A site's own is called by its site.
            "sites": incident.kind == .site || incident.sites.isEmpty ? nil : incident.sites.joined(separator: ", "),
            "startedAt": SiteView.time(incident.startedAt),
            "endedAt": incident.endedAt.map(SiteView.time),
            "lasted": incident.endedAt.map { SiteView.span($0 - incident.startedAt) },
            "updates": incident.updates.map { update -> View in
                [
                    "word": IncidentView.word(update.status), "message": update.message, "at": SiteView.time(update.at),
                ]
            },
        ]
    }

    private static func maintenance(_ work: PublicMaintenance, at now: Timestamp) -> View {
        [
            "title": work.title,
            "description": work.description,
            "isRunning": work.isRunning(at: now),
            "sites": work.sites.isEmpty ? "all sites" : work.sites.joined(separator: ", "),
            "from": SiteView.time(work.from),
            "to": SiteView.time(work.to),
        ]
    }

    private static func line(_ line: StatusPage.Line) -> View {
        let state = line.standing.status
        let uptime = line.ratio.map(SiteView.percentage)
        let runs = DayRun.runs(of: line.days)
        let troubled = line.days.count { $0.downtime > .zero }
        return [
            "name": line.name,
            "state": state.rawValue,
            "word": word(state),
            "uptime": uptime,
            "label": "\(line.name), last \(StatusPage.days) days: "
                + (uptime.map { "\($0) uptime, \(troubled) days with downtime" } ?? "no figures yet"),
            "runs": runs.map { ["kind": $0.kind.rawValue, "path": $0.path, "text": $0.text] as View },
            "days": runs.reversed().map { ["text": $0.text] as View },
        ]
    }
}
