internal import Monitoring
internal import Notifications

/// Incidents and their updates as JSON.
enum IncidentDocument {
    // MARK: Reading

    /// Reads an incident that is to be opened: `{"title": …, "status": …, "message": …, "sites": […]}`.
    static func opening(from json: JSON) -> Result<IncidentOpening, FieldProblems> {
        var reader = ObjectReader(json)
        let isObject = reader.problems.isEmpty
        let title = reader.string("title") { SiteRules.name($0) ?? SiteRules.text($0, atMost: 200) }
        if isObject, !reader.isSet("title") {
            reader.report("title", "Is needed: what is wrong, such as \"Mail is slow\".")
        }
        let status = status(&reader, of: IncidentUpdate.Status.allCases.filter { $0 != .resolved }) ?? .investigating
        let text = text(&reader, isObject)
        let sites =
            reader.strings("sites", atMost: 1_000) { SiteID($0) == nil ? "Is not the id of a site." : nil } ?? []
        let problems = reader.finish()
        guard problems.isEmpty, let title, let text else { return .failure(FieldProblems(problems)) }
        return .success(
            IncidentOpening(
                title: title,
                sites: sites.compactMap { SiteID($0) },
                message: IncidentMessage(status: status, text: text)
            )
        )
    }

    /// Reads an update: `{"status": …, "message": …}`.
    static func message(from json: JSON) -> Result<IncidentMessage, FieldProblems> {
        var reader = ObjectReader(json)
        let isObject = reader.problems.isEmpty
        let status = status(&reader, of: IncidentUpdate.Status.allCases)
        if isObject, !reader.isSet("status") {
            reader.report("status", "Is needed: \(names(of: IncidentUpdate.Status.allCases)).")
        }
        let text = text(&reader, isObject)
        let problems = reader.finish()
        guard problems.isEmpty, let status, let text else { return .failure(FieldProblems(problems)) }
        return .success(IncidentMessage(status: status, text: text))
    }

    private static func status(
        _ reader: inout ObjectReader,
        of choices: [IncidentUpdate.Status]
    ) -> IncidentUpdate.Status? {
        let text = reader.string("status") { text in
            choices.contains { $0.rawValue == text } ? nil : "Should be one of \(names(of: choices))."
        }
        return text.flatMap { IncidentUpdate.Status(rawValue: $0) }
    }

    private static func text(_ reader: inout ObjectReader, _ isObject: Bool) -> String? {
        let text = reader.string("message") { SiteRules.text($0, atMost: 2_000, isMultiline: true) }
        if isObject, !reader.isSet("message") { reader.report("message", "Is needed: what people should know.") }
        return text
    }

    private static func names(of choices: [IncidentUpdate.Status]) -> String {
        choices.map(\.rawValue).joined(separator: ", ")
    }

    // MARK: Answering

    static func json(_ report: IncidentReport, showsUpdates: Bool = true) -> JSON {
        let members: [JSON.Member] =
            switch report.subject {
            case .site(let incident): members(of: incident)
            case .manual(let incident): members(of: incident)
            }
        let updates = report.updates.map { update in
            JSON.object([
                .init("at", .string(update.at.rfc3339)),
                .init("status", .string(update.status.rawValue)),
                .init("message", .string(update.message)),
                .init("by", .string(update.author)),
            ])
        }
        return .object(
            [.init("id", .string(report.id.description))] + members + [
                .init("state", .string(report.endedAt == nil ? "open" : "ended")),
                .init("status", JSON(report.updates.last?.status.rawValue)),
                .init("startedAt", .string(report.startedAt.rfc3339)),
                .init("endedAt", JSON(report.endedAt?.rfc3339)),
            ] + (showsUpdates ? [.init("updates", .array(updates))] : [])
        )
    }

    private static func members(of incident: Incident) -> [JSON.Member] {
        [
            .init("kind", "site"),
            .init("title", .null),
            .init("site", .string(incident.site.description)),
            .init("siteName", .string(incident.siteName)),
            .init("sites", .array([.string(incident.site.description)])),
            .init("failure", incident.failure.map(ResultDocument.failure) ?? .null),
            .init("statusCode", incident.statusCode.map { JSON($0) } ?? .null),
            .init("regions", .array(incident.regions.map(JSON.string))),
            .init("acknowledgedAt", JSON(incident.acknowledgedAt?.rfc3339)),
            .init("acknowledgedBy", JSON(incident.acknowledgedBy)),
        ]
    }

    private static func members(of incident: ManualIncident) -> [JSON.Member] {
        [
            .init("kind", "manual"),
            .init("title", .string(incident.title)),
            .init("site", .null),
            .init("siteName", .null),
            .init("sites", .array(incident.sites.map { .string($0.description) })),
            .init("failure", .null),
            .init("statusCode", .null),
            .init("regions", .array([])),
            .init("acknowledgedAt", .string(incident.startedAt.rfc3339)),
            .init("acknowledgedBy", .string(incident.openedBy)),
        ]
    }
}
