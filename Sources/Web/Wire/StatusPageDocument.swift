internal import Monitoring
package import Notifications

/// What the status page shows, as JSON: `{"published": …, "title": …, "description": …, "groups": […]}`.
package enum StatusPageDocument {
    /// More groups than these nobody reads.
    static let mostGroups = 50

    private static let readOnlyFields = ["revision", "updatedAt"]

    /// All that is wrong with what is to be shown.
    package static func problems(of json: JSON) -> [FieldProblem] {
        guard case .failure(let error) = settings(from: json) else { return [] }
        return error.problems
    }

    /// Reads what is to be shown, whole.
    static func settings(from json: JSON) -> Result<StatusPageSettings, FieldProblems> {
        var reader = ObjectReader(json)
        let isObject = reader.problems.isEmpty
        let published = reader.bool("published")
        if isObject, !reader.isSet("published") {
            reader.report("published", "Is needed: true shows the page to everybody, false to nobody.")
        }
        let title = reader.string("title") { SiteRules.name($0) ?? SiteRules.text($0, atMost: 200) }
        let description = reader.string("description") { SiteRules.text($0, atMost: 2_000, isMultiline: true) }
        var groups: [StatusPageSettings.Group] = []
        reader.objects("groups", atMost: mostGroups) { inner in
            guard let group = group(&inner) else { return }
            if groups.contains(where: { $0.name == group.name }) { inner.report("name", "Is there twice.") }
            groups.append(group)
        }
        for name in readOnlyFields where reader.has(name) {
            _ = reader.value(name)
            reader.report(name, "Can't be set; leave it out.")
        }
        let problems = reader.finish()
        guard problems.isEmpty, let published else { return .failure(FieldProblems(problems)) }
        return .success(
            StatusPageSettings(
                published: published,
                title: title ?? StatusPageSettings.standardTitle,
                description: description,
                groups: groups
            )
        )
    }

    private static func group(_ reader: inout ObjectReader) -> StatusPageSettings.Group? {
        let isObject = reader.problems.isEmpty
        let name = reader.string("name") { SiteRules.name($0) ?? SiteRules.text($0, atMost: 100) }
        if isObject, !reader.isSet("name") { reader.report("name", "Is needed: the group's heading.") }
        let sites =
            reader.strings("sites", atMost: 1_000) { SiteID($0) == nil ? "Is not the id of a site." : nil } ?? []
        let tags = reader.strings("tags", atMost: 32, SiteRules.tag) ?? []
        if reader.problems.isEmpty, sites.isEmpty, tags.isEmpty {
            reader.report("sites", "Name some sites or tags.")
        }
        guard let name else { return nil }
        return StatusPageSettings.Group(name: name, sites: sites.compactMap { SiteID($0) }, tags: tags)
    }

    static func json(_ choice: StatusPageChoice) -> JSON {
        let groups = (choice.settings?.groups ?? []).map { group in
            JSON.object([
                .init("name", .string(group.name)),
                .init("sites", .array(group.sites.map { .string($0.description) })),
                .init("tags", .array(group.tags.map(JSON.string))),
            ])
        }
        return .object([
            .init("published", choice.settings.map { .bool($0.published) } ?? .null),
            .init("title", .string(choice.title)),
            .init("description", JSON(choice.settings?.description)),
            .init("groups", .array(groups)),
            .init("revision", JSON(choice.revision)),
            .init("updatedAt", JSON(choice.updatedAt?.rfc3339)),
        ])
    }
}
