internal import Monitoring
internal import Notifications

/// The form that chooses what the status page shows: its fields as text, and the document that they make.
enum StatusPageForm {
    /// How many groups the form has room for.
    static let mostGroups = StatusPageDocument.mostGroups

    /// The fields of one group, as they were typed.
    struct Group: Sendable {
        let name: String
        let tags: String
        let sites: String

        var isEmpty: Bool { name.isEmpty && tags.isEmpty && sites.isEmpty }
    }

    static func groups(of form: Form) -> [Group] {
        (0..<mostGroups).map { place in
            Group(
                name: form["group.\(place).name"] ?? "",
                tags: form["group.\(place).tags"] ?? "",
                sites: form["group.\(place).sites"] ?? ""
            )
        }
    }

    /// The groups of a choice, with the names of their sites.
    static func groups(of settings: StatusPageSettings?, names: [SiteID: String]) -> [Group] {
        (settings?.groups ?? []).map { group in
            Group(
                name: group.name,
                tags: group.tags.joined(separator: ", "),
                sites: group.sites.map { names[$0] ?? $0.description }.joined(separator: "\n")
            )
        }
    }

    /// The document that the fields make; `sites` are those of each group that is not empty.
    static func document(_ form: Form, _ groups: [(group: Group, sites: [SiteID])]) -> JSON {
        var members: [JSON.Member] = [
            .init("published", .bool(form.isOn("published"))),
            .init(
                "groups",
                .array(
                    groups.map { group, sites in
                        .object([
                            .init("name", group.name.isEmpty ? .null : .string(group.name)),
                            .init("sites", .array(sites.map { .string($0.description) })),
                            .init("tags", .array(group.tags.commaSeparated.map(JSON.string))),
                        ])
                    }
                )
            ),
        ]
        for field in ["title", "description"] {
            let text = form[field]?.replacing("\r\n", with: "\n")
            if let text { members.append(.init(field, .string(text))) }
        }
        return .object(members)
    }

    /// The groups as the template reads them, and one more to fill in.
    static func view(_ groups: [Group]) -> [View] {
        let filled = groups.filter { !$0.isEmpty }
        let rows = filled + (filled.count < mostGroups ? [Group(name: "", tags: "", sites: "")] : [])
        return rows.enumerated().map { place, group in
            [
                "place": String(place), "legend": group.isEmpty ? "Another group" : "Group \(place + 1)",
                "name": group.name, "tags": group.tags, "sites": group.sites,
            ]
        }
    }
}
