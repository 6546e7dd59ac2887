internal import Notifications

/// The form that adds a channel.
enum ChannelForm {
    /// The document that the form's fields make.
    static func document(_ form: Form) -> JSON {
        func list(_ text: String?) -> JSON? {
            let parts = (text ?? "").commaSeparated
            return parts.isEmpty ? nil : .array(parts.map(JSON.string))
        }
        let type = form["type"] ?? ""
        let settings = (ChannelType(rawValue: type)?.settings ?? []).compactMap { setting in
            form["\(type).\(setting.name)"].map { JSON.Member(setting.name, .string($0)) }
        }
        let members: [(String, JSON?)] = [
            ("type", .string(type)), ("name", form["name"].map(JSON.string)), ("settings", .object(settings)),
            ("events", list(form["events"])), ("tags", list(form["tags"])),
        ]
        return .object(members.compactMap { name, value in value.map { JSON.Member(name, $0) } })
    }

    /// The form; `values` are the fields that were filled in before.
    static func view(_ values: [String: String], problems: [FieldProblem] = []) -> View {
        let types = ChannelType.allCases.map { type -> View in
            [
                "name": type.rawValue,
                "isSelected": values["type"] == type.rawValue,
                "settings": type.settings.map { setting -> View in
                    let field = "\(type.rawValue).\(setting.name)"
                    return [
                        "field": field, "label": setting.name, "summary": setting.summary,
                        "placeholder": setting.isMade ? "made for you" : setting.defaultValue,
                        "isRequired": setting.isRequired,
                        "input": setting.isSecret ? "password" : setting.form == .url ? "url" : "text",
                        "value": setting.isSecret ? nil : values[field],
                    ]
                },
            ]
        }
        return [
            "types": types,
            "name": values["name"], "events": values["events"], "tags": values["tags"],
            "problems": problems.views,
            "hasProblems": !problems.isEmpty,
        ]
    }
}
