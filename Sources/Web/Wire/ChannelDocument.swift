internal import Monitoring
package import Notifications

/// A channel as JSON: `{"name": …, "type": "webhook", "settings": {"url": …}, …}`, as the contract has it.
package enum ChannelDocument {
    static let readOnlyFields = [
        "id", "secrets", "disabledReason", "revision", "createdAt", "updatedAt",
    ]

    /// Reads a channel's settings; what is left out takes its default.
    ///
    /// - Parameters:
    ///   - json: The document.
    ///   - pointer: Where it is in a larger one; it begins the pointers of the problems.
    ///   - old: The settings before the change: secrets that are left out stay.
    /// - Returns: The settings, with secrets that were left out and can be made, and those that were made; or all that is wrong.
    package static func settings(
        from json: JSON,
        at pointer: String = "",
        changing old: ChannelSettings? = nil
    ) -> Result<(settings: ChannelSettings, made: [String: String]), FieldProblems> {
        var reader = ObjectReader(json, at: pointer)
        let isObject = reader.problems.isEmpty
        let types = ChannelType.allCases.map(\.rawValue).joined(separator: ", ")
        let type = reader.string("type").flatMap { text -> ChannelType? in
            if ChannelType(rawValue: text) == nil {
                reader.report("type", "There is no channel of type \"\(text.prefix(40))\". There are: \(types).")
            }
            return ChannelType(rawValue: text)
        }
        if type == nil, isObject, !reader.problems.contains(where: { $0.pointer == "\(pointer)/type" }) {
            reader.report("type", "Is needed: one of \(types).")
        }
        let name = reader.string("name")
        if name == nil, isObject, !reader.problems.contains(where: { $0.pointer == "\(pointer)/name" }) {
            reader.report("name", "Is needed, and unique among the channels.")
        }
        let events = reader.strings("events", atMost: ChannelSettings.maximumFilters) { _ in nil } ?? ["*"]
        let tags = reader.strings("tags", atMost: ChannelSettings.maximumFilters) { _ in nil } ?? []
        let paused = reader.bool("paused") ?? false
        let values = own(&reader)
        for field in readOnlyFields where reader.has(field) {
            _ = reader.value(field)
            reader.report(field, "Can't be set; leave it out.")
        }

        var problems = reader.finish()
        guard let type, let name else { return .failure(FieldProblems(problems)) }
        var settings = ChannelSettings(
            name: name,
            type: type,
            settings: values,
            events: events,
            tags: tags,
            paused: paused
        )
        if let old { settings = settings.keepingSecrets(of: old) }
        let (whole, made) = settings.makingSecrets()
        problems += whole.problems().map { FieldProblem(pointer: pointer + $0.pointer, detail: $0.detail) }
        return problems.isEmpty ? .success((whole, made)) : .failure(FieldProblems(problems))
    }

    /// The new settings after a JSON merge patch; secrets that the patch leaves out stay.
    static func settings(
        of channel: RegisteredChannel,
        patchedWith patch: JSON
    ) -> Result<(settings: ChannelSettings, made: [String: String]), FieldProblems> {
        guard patch.members != nil else {
            let detail = "Should be an object with the fields to change, not \(patch.kind)."
            return .failure(FieldProblems([FieldProblem(pointer: "", detail: detail)]))
        }
        let current = JSON.object(settingsMembers(of: channel.settings.withoutSecrets))
        return settings(from: current.merging(patch), changing: channel.settings)
    }

    /// A channel as answers show it: the names of its secrets, never their values.
    ///
    /// - Parameters:
    ///   - channel: What to show.
    ///   - made: Secrets that have just been made, which this one answer shows.
    /// - Returns: The document.
    package static func json(of channel: RegisteredChannel, made: [String: String] = [:]) -> JSON {
        var shown = channel.settings.withoutSecrets
        shown.settings.merge(made) { _, made in made }
        return .object(
            [.init("id", .string(channel.id.description))] + settingsMembers(of: shown) + [
                .init("secrets", .array(channel.settings.secretNames.map(JSON.string))),
                .init("disabledReason", JSON(channel.disabledReason)),
                .init("revision", JSON(channel.revision)),
                .init("createdAt", .string(channel.createdAt.rfc3339)),
                .init("updatedAt", .string(channel.updatedAt.rfc3339)),
            ]
        )
    }

    private static func settingsMembers(of settings: ChannelSettings) -> [JSON.Member] {
        let own = settings.settings.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }
        return [
            .init("name", .string(settings.name)),
            .init("type", .string(settings.type.rawValue)),
            .init("settings", .object(own)),
            .init("events", .array(settings.events.map(JSON.string))),
            .init("tags", .array(settings.tags.map(JSON.string))),
            .init("paused", .bool(settings.paused)),
        ]
    }

    /// The type's own settings, all of which are texts.
    private static func own(_ reader: inout ObjectReader) -> [String: String] {
        guard let json = reader.value("settings") else { return [:] }
        guard let members = json.members else {
            reader.report("settings", "Should be an object, not \(json.kind).")
            return [:]
        }
        var values: [String: String] = [:]
        for member in members where member.value != .null {
            guard let text = member.value.string else {
                reader.report(
                    "settings/\(member.name.escapedForPointer)",
                    "Should be a string, not \(member.value.kind)."
                )
                continue
            }
            values[member.name] = text
        }
        return values
    }
}
