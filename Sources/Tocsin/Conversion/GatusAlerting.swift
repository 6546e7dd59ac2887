internal import Notifications

/// The alerting of Gatus as channels: one a provider, and one more for each of its overrides for a group.
struct GatusAlerting {
    /// What an endpoint's alert asks for.
    struct Alert {
        let failures: Int
        let successes: Int
        /// What ties the site to the channel; nil where there is no such channel.
        let tag: String?
    }

    private struct Provider {
        let name: String
        let type: String
        let group: String?
        let settings: [JSON.Member]
        /// Whether an alert that goes to it asks to be told of the recovery.
        var tellsRecovery = false
        var isUsed = false

        var title: String { group.map { "\(name) \($0)" } ?? name }
    }

    private var providers: [Provider] = []
    private var defaults: [String: JSON] = [:]
    private var isNoted: Set<String> = []

    private static let settings: [String: (type: String, names: [(theirs: String, ours: String)])] = [
        "slack": ("slack", [("webhook-url", "url")]),
        "ntfy": ("ntfy", [("topic", "topic"), ("url", "url"), ("token", "token")]),
        "custom": ("webhook", [("url", "url")]),
    ]

    /// Reads `alerting`.
    mutating func read(_ alerting: JSON?, _ conversion: inout Conversion) {
        for provider in alerting?.members ?? [] where provider.value.members != nil {
            defaults[provider.name] = provider.value["default-alert"]
            guard let known = Self.settings[provider.name] else {
                isNoted.insert(provider.name)
                conversion.note(
                    "alerting.\(Printable.text(provider.name, atMost: 60))",
                    "There is no channel of this type here; of \(ChannelType.allCases.map(\.rawValue).joined(separator: ", ")), a webhook can reach a program that passes events on"
                )
                continue
            }
            add(provider.name, known.type, nil, provider.value, &conversion)
            for override in provider.value["overrides"]?.array ?? [] {
                guard let group = override["group"]?.string else { continue }
                let merged =
                    (provider.value.members ?? []).filter { override[$0.name] == nil } + (override.members ?? [])
                add(provider.name, known.type, group, .object(merged), &conversion)
            }
        }
    }

    private mutating func add(
        _ name: String,
        _ type: String,
        _ group: String?,
        _ json: JSON,
        _ conversion: inout Conversion
    ) {
        let names = Self.settings[name]?.names ?? []
        let settings = names.compactMap { pair -> JSON.Member? in
            guard let value = json[pair.theirs], !value.isNothing else { return nil }
            return JSON.Member(pair.ours, .string(value.cell))
        }
        let read = Set(names.map(\.theirs) + ["default-alert", "overrides", "group"])
        let rest = (json.members ?? []).filter { !read.contains($0.name) && !$0.value.isNothing }.map(\.name)
        let provider = Provider(name: name, type: type, group: group, settings: settings)
        if !rest.isEmpty {
            conversion.note(
                "alerting.\(provider.title)",
                "Settings that a channel does not have here: \(Printable.text(rest.joined(separator: ", "), atMost: 200))"
            )
        }
        if type == "webhook" {
            conversion.note(
                "alerting.\(provider.title)",
                "Its receiver gets a POST with other JSON from here: events as CloudEvents data, signed; adapt what reads them"
            )
        }
        providers.append(provider)
    }

    /// Reads an endpoint's alert; nil for one that is switched off.
    mutating func alert(_ alert: JSON, group: String?, endpoint: String, _ conversion: inout Conversion) -> Alert? {
        let type = alert["type"]?.string ?? ""
        let standard = defaults[type]
        func value(_ name: String) -> JSON? { alert[name] ?? standard?[name] }
        guard value("enabled")?.bool != false else { return nil }
        for (name, what) in [
            ("description", "The description of its alert is left out"),
            ("minimum-reminder-interval", "It is not told again while it stays down; a reminder is not possible here"),
            ("provider-override", "The settings of its alert's own provider are left out; add a channel for them"),
        ] where value(name)?.isNothing == false {
            conversion.note(endpoint, what)
        }
        var failures = value("failure-threshold")?.int ?? 3
        var successes = value("success-threshold")?.int ?? 2
        if !(1...20).contains(failures) || !(1...20).contains(successes) {
            conversion.note(endpoint, "Its thresholds are brought to 1 to 20, which is what there can be")
            failures = min(max(failures, 1), 20)
            successes = min(max(successes, 1), 20)
        }
        let own = providers.firstIndex { $0.name == type && $0.group != nil && $0.group == group }
        guard let index = own ?? providers.firstIndex(where: { $0.name == type && $0.group == nil }) else {
            if !isNoted.contains(type) {
                conversion.note(
                    endpoint,
                    "Its alert goes to \(type.isEmpty ? "no provider" : Printable.text(type, atMost: 60)), which is not set up; add a channel for it"
                )
            }
            return Alert(failures: failures, successes: successes, tag: nil)
        }
        let tells = value("send-on-resolved")?.bool == true
        if providers[index].isUsed, providers[index].tellsRecovery != tells {
            conversion.note(endpoint, "Some alerts of \(type) told of recoveries and some did not; here all of them do")
        }
        providers[index].isUsed = true
        providers[index].tellsRecovery = providers[index].tellsRecovery || tells
        return Alert(failures: failures, successes: successes, tag: Conversion.tag(providers[index].title))
    }

    /// The channels, of which one without tagged sites is told nothing, as in Gatus.
    func channels() -> [JSON] {
        providers.map { provider in
            var members: [JSON.Member] = [
                .init("name", .string(provider.title)), .init("type", .string(provider.type)),
                .init("settings", .object(provider.settings)),
                .init("tags", [.string(Conversion.tag(provider.title))]),
            ]
            if provider.isUsed, !provider.tellsRecovery {
                members.append(.init("events", ["site.down", "site.degraded", "certificate.expiring"]))
            }
            return .object(members)
        }
    }
}
