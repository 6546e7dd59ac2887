internal import Monitoring
internal import Notifications

/// The status page as its template and as JSON read it.
enum StatusPageView {
    static func view(_ page: StatusPage) -> View {
        [
            "title": "Status",
            "styles": "/assets/styles/status.css?v=\(Asset.all["styles/status.css"]?.version ?? "")",
            "icon": "/assets/images/icon.svg?v=\(Asset.all["images/icon.svg"]?.version ?? "")",
            "banner": page.banner.rawValue,
            "sentence": page.isHidden ? "Nothing is published here" : sentence(page.banner),
            "at": SiteView.time(page.at),
            "isHidden": page.isHidden,
            "isEmpty": !page.isHidden && page.groups.isEmpty,
            "groups": page.groups.map { group -> View in
                ["name": group.name ?? (page.groups.count == 1 ? "Sites" : "Others"), "lines": group.lines.map(line)]
            },
            "hasOpen": !page.open.isEmpty,
            "open": page.open.map { outage, name -> View in
                ["name": publicName(name), "startedAt": SiteView.time(outage.startedAt)]
            },
        ]
    }

    private static func sentence(_ banner: StatusPage.Banner) -> String {
        switch banner {
        case .operational: "All systems operational"
        case .degraded: "Some systems are slow"
        case .partialOutage: "Partial outage"
        case .majorOutage: "Major outage"
        case .maintenance: "Maintenance in progress"
        case .unknown: "The state is not known yet"
        }
    }

    private static func line(_ line: StatusPage.Line) -> View {
        let state = line.standing.status
        let uptime = line.ratio.map(SiteView.percentage)
        let troubled = line.days.filter { $0.downtime > .zero }
        return [
            "name": publicName(line.standing.name),
            "state": state.rawValue,
            "word": state == .up ? "Operational" : SiteView.word(state),
            "uptime": uptime,
            "label": "\(publicName(line.standing.name)), last \(StatusPage.days) days: "
                + (uptime.map { "\($0) uptime, \(troubled.count) days with downtime" } ?? "no figures yet"),
            "days": line.days.enumerated().map { place, day -> View in
                let kind =
                    day.ratio.map { $0 >= 1 ? "good" : $0 >= 0.99 ? "minor" : "major" } ?? "none"
                return ["x": String(place * 4), "kind": kind, "height": kind == "none" ? "8" : "32", "text": text(day)]
            },
            "troubled": troubled.reversed().map { day -> View in ["text": text(day)] },
            "hasTroubled": !troubled.isEmpty,
        ]
    }

    /// A site that was given no name is called by its URL, of which strangers see the host alone.
    static func publicName(_ name: String) -> String {
        guard let scheme = name.firstRange(of: "://") else { return name }
        let authority = name[scheme.upperBound...].prefix { !"/?#".contains($0) }
        return authority.split(separator: "@").last.map(String.init) ?? "Site"
    }

    private static func text(_ day: DayUptime) -> String {
        guard let ratio = day.ratio else { return "\(day.day.day): not watched" }
        let downtime = day.downtime > .zero ? "\(SiteView.span(day.downtime)) down" : "no downtime"
        return "\(day.day.day): \(SiteView.percentage(ratio)), \(downtime)"
    }

    static func json(_ page: StatusPage) -> JSON {
        .object([
            .init("status", .string(page.banner.rawValue)),
            .init("at", .string(page.at.rfc3339)),
            .init(
                "groups",
                .array(
                    page.groups.map { group in
                        .object([
                            .init("name", JSON(group.name)), .init("sites", .array(group.lines.map(json))),
                        ])
                    }
                )
            ),
            .init(
                "incidents",
                .array(
                    page.open.map { outage, name in
                        .object([
                            .init("id", .string(outage.incident.description)), .init("site", .string(publicName(name))),
                            .init("startedAt", .string(outage.startedAt.rfc3339)),
                        ])
                    }
                )
            ),
        ])
    }

    private static func json(_ line: StatusPage.Line) -> JSON {
        .object([
            .init("name", .string(publicName(line.standing.name))),
            .init("state", .string(line.standing.status.rawValue)),
            .init("uptime", line.ratio.map { JSON($0) } ?? .null),
            .init(
                "days",
                .array(
                    line.days.map { day in
                        .object([
                            .init("day", .string(day.day.day)),
                            .init("uptime", day.ratio.map { JSON($0) } ?? .null),
                            .init("downtimeMs", JSON(day.downtime.milliseconds)),
                        ])
                    }
                )
            ),
        ])
    }
}
