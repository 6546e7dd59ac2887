internal import Monitoring
internal import Notifications

/// An incident as JSON.
enum IncidentDocument {
    static func json(_ incident: Incident) -> JSON {
        .object([
            .init("id", .string(incident.id.description)),
            .init("site", .string(incident.site.description)),
            .init("siteName", .string(incident.siteName)),
            .init("state", .string(incident.endedAt == nil ? "open" : "ended")),
            .init("startedAt", .string(incident.startedAt.rfc3339)),
            .init("endedAt", JSON(incident.endedAt?.rfc3339)),
            .init("failure", incident.failure.map(ResultDocument.failure) ?? .null),
            .init("statusCode", incident.statusCode.map { JSON($0) } ?? .null),
            .init("regions", .array(incident.regions.map(JSON.string))),
            .init("acknowledgedAt", JSON(incident.acknowledgedAt?.rfc3339)),
            .init("acknowledgedBy", JSON(incident.acknowledgedBy)),
        ])
    }
}
