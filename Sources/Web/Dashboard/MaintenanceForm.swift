internal import Monitoring
internal import Notifications

/// The form that plans or changes maintenance: its fields as text, and the document that they make.
enum MaintenanceForm {
    private static let fields = [
        "title", "start", "duration", "zone", "repeat", "rrule", "tags", "sites", "all", "description", "revision",
        "preview",
    ]
    /// How a window repeats; the last reads the rule beside it.
    private static let repeats = [
        ("", "Once"), ("FREQ=DAILY", "Every day"), ("FREQ=WEEKLY", "Every week"), ("FREQ=MONTHLY", "Every month"),
        ("FREQ=YEARLY", "Every year"), ("rule", "By a rule"),
    ]
    /// Offered while a zone is typed; any other of the database is taken too.
    private static let zones = [
        "UTC", "Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/Rome", "Europe/Warsaw",
        "Europe/Kyiv", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
        "America/Sao_Paulo", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo",
        "Australia/Sydney", "Pacific/Auckland",
    ]

    static func values(of form: Form) -> [String: String] {
        var values: [String: String] = [:]
        for field in fields { values[field] = form[field] }
        return values
    }

    /// A window as the form shows it, with sites by their names.
    static func values(of window: MaintenanceWindow, names: [SiteID: String]) -> [String: String] {
        let (scope, schedule) = (window.settings.scope, window.settings.schedule)
        let rule = schedule.rule?.text ?? ""
        var values = [
            "title": window.settings.title,
            "start": schedule.zone.wall(at: schedule.start).text,
            "duration": schedule.duration.text,
            "zone": schedule.zone.name,
            "repeat": repeats.contains { $0.0 == rule } ? rule : "rule",
            "tags": scope.tags.joined(separator: ", "),
            "sites": scope.sites.map { names[$0] ?? $0.description }.joined(separator: "\n"),
            "revision": String(window.revision),
        ]
        if values["repeat"] == "rule" { values["rrule"] = rule }
        if scope.all { values["all"] = "on" }
        values["description"] = window.settings.description
        return values
    }

    /// The document that the fields make, with sites by their ids; a merge patch where it changes a window.
    static func document(_ values: [String: String], sites: [SiteID], changing window: MaintenanceWindow?) -> JSON {
        let tags = (values["tags"] ?? "").commaSeparated
        let rule = values["repeat"] == "rule" ? values["rrule"] ?? "" : values["repeat"]
        var members: [JSON.Member] = [
            .init("all", .bool(values["all"] != nil)),
            .init("sites", .array(sites.map { .string($0.description) })),
            .init("tags", .array(tags.map(JSON.string))),
        ]
        // The clocks of a zone show some times twice: what was not touched is left as it was.
        let isMoved = window.map { old in
            let shown = self.values(of: old, names: [:])
            return shown["start"] != values["start"] || shown["zone"] != values["zone"]
        }
        for field in ["title", "start", "duration", "zone", "description"] where field != "start" || isMoved != false {
            if let value = values[field] {
                members.append(.init(field, .string(value)))
            } else if window != nil {
                members.append(.init(field, .null))
            }
        }
        if rule != nil || window != nil { members.append(.init("rrule", JSON(rule))) }
        return .object(members)
    }

    /// The form with its values and what is wrong.
    static func view(_ values: [String: String], problems: [FieldProblem] = []) -> View {
        var value: View = [:]
        for field in fields { value[field] = values[field] }
        if values["zone"] == nil { value["zone"] = "UTC" }
        let chosen = values["repeat"] ?? ""
        return [
            "value": value,
            "repeats": repeats.map { ["value": $0, "word": $1, "isSelected": $0 == chosen] as View },
            "zones": zones,
            "revision": values["revision"],
            "problems": problems.views,
            "hasProblems": !problems.isEmpty,
        ]
    }
}
