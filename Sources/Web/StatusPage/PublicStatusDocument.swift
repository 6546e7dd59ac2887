internal import Monitoring
internal import Notifications

/// The status page as JSON.
enum PublicStatusDocument {
    static func json(_ page: StatusPage) -> JSON {
        .object([
            .init("status", .string(page.isHidden ? StatusPage.Banner.unknown.rawValue : page.banner.rawValue)),
            .init("at", .string(page.at.rfc3339)),
            .init("title", .string(page.title)),
            .init("description", JSON(page.description)),
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
            .init("incidents", .array((page.open + page.ended).map(json))),
            .init("maintenance", .array(page.maintenance.map { json($0, at: page.at) })),
        ])
    }

    private static func json(_ line: StatusPage.Line) -> JSON {
        let days = line.days.map { day in
            JSON.object([
                .init("day", .string(day.day.day)),
                .init("uptime", day.ratio.map { JSON($0) } ?? .null),
                .init("downtimeMs", JSON(day.downtime.milliseconds)),
                .init("maintenanceMs", JSON(day.maintenance.milliseconds)),
            ])
        }
        return .object([
            .init("name", .string(line.name)),
            .init("state", .string(line.standing.status.rawValue)),
            .init("uptime", line.ratio.map { JSON($0) } ?? .null),
            .init("days", .array(days)),
        ])
    }

    private static func json(_ incident: PublicIncident) -> JSON {
        let updates = incident.updates.map { update in
            JSON.object([
                .init("at", .string(update.at.rfc3339)),
                .init("status", .string(update.status.rawValue)),
                .init("message", .string(update.message)),
            ])
        }
        return .object([
            .init("id", .string(incident.id.description)),
            .init("kind", .string(incident.kind.rawValue)),
            .init("title", .string(incident.title)),
            .init("sites", .array(incident.sites.map(JSON.string))),
            .init("state", .string(incident.isOpen ? "open" : "ended")),
            .init("startedAt", .string(incident.startedAt.rfc3339)),
            .init("endedAt", JSON(incident.endedAt?.rfc3339)),
            .init("updates", .array(updates)),
        ])
    }

    private static func json(_ work: PublicMaintenance, at now: Timestamp) -> JSON {
        .object([
            .init("title", .string(work.title)),
            .init("description", JSON(work.description)),
            .init("sites", .array(work.sites.map(JSON.string))),
            .init("state", .string(work.isRunning(at: now) ? "active" : "upcoming")),
            .init("start", .string(work.from.rfc3339)),
            .init("end", .string(work.to.rfc3339)),
        ])
    }
}
