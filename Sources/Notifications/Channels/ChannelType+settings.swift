// What each type of channel can be told. Callers (HTTP, command line, configuration) use, in this order:
//
//   settings.keepingSecrets(of: old)    an update that leaves a secret out keeps the old one
//   settings.makingSecrets()            a secret that can be made and was left out is made, and returned to be shown once
//   settings.problems()                 what is wrong, as JSON pointers below the channel (`/settings/url`); empty if nothing is
//   settings.withoutSecrets             what may be shown and exported; `secretNames` lists what was left out
//
// The metadata itself, for help and forms, is `ChannelType.settings`.

/// One of a channel type's own settings.
package struct ChannelSetting: Sendable, Equatable {
    /// What the text of a setting must be.
    package enum Form: Sendable, Equatable {
        case text(maximum: Int)
        /// An http or https URL.
        case url
        /// A duration between two bounds.
        case duration(ClosedRange<Duration>)
        /// Comma-separated durations.
        case retries
        /// One or, while they are changed, several secrets that sign, separated by spaces.
        case signingSecrets
        /// The name of an ntfy topic.
        case topic
    }

    package let name: String
    /// One sentence for people.
    package let summary: String
    package let form: Form
    package let isRequired: Bool
    /// Never shown again once it is set, never logged.
    package let isSecret: Bool
    /// Made by Tocsin where it is left out.
    package let isMade: Bool
    package let defaultValue: String?

    fileprivate init(
        _ name: String,
        _ form: Form,
        _ summary: String,
        isRequired: Bool = false,
        isSecret: Bool = false,
        isMade: Bool = false,
        defaultValue: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.form = form
        self.isRequired = isRequired
        self.isSecret = isSecret
        self.isMade = isMade
        self.defaultValue = defaultValue
    }
}

extension ChannelType {
    /// What can be set for a channel of this type.
    package var settings: [ChannelSetting] {
        switch self {
        case .webhook:
            [
                ChannelSetting("url", .url, "Where events are posted to.", isRequired: true),
                ChannelSetting(
                    "secret",
                    .signingSecrets,
                    "Signs each request: whsec_ and base64 of 24 to 64 bytes, or whsk_ for ed25519; several, separated by "
                        + "spaces, while it is changed.",
                    isSecret: true,
                    isMade: true
                ),
                Self.timeout,
                ChannelSetting(
                    "retry",
                    .retries,
                    "The delays between attempts, such as 5s,5m,30m.",
                    defaultValue: RetrySchedule.webhook.text
                ),
            ]
        case .slack:
            [
                ChannelSetting(
                    "url",
                    .url,
                    "The incoming webhook of Slack; whoever has it can post.",
                    isRequired: true,
                    isSecret: true
                ),
                Self.timeout,
            ]
        case .ntfy:
            [
                ChannelSetting("topic", .topic, "The topic to publish to.", isRequired: true),
                ChannelSetting("url", .url, "The root of the ntfy server.", defaultValue: "https://ntfy.sh"),
                ChannelSetting("token", .text(maximum: 512), "An access token of the ntfy server.", isSecret: true),
                Self.timeout,
            ]
        case .console: []
        }
    }

    /// The names of the settings that are never read back.
    package var secretNames: Set<String> { Set(settings.filter(\.isSecret).map(\.name)) }

    private static var timeout: ChannelSetting {
        ChannelSetting(
            "timeout",
            .duration(.milliseconds(100)...(.seconds(60))),
            "How long one attempt may take, 100ms to 60s.",
            defaultValue: "10s"
        )
    }
}

extension ChannelSettings {
    /// A setting's value: its own, or the type's default.
    package func value(_ name: String) -> String? {
        settings[name] ?? type.settings.first { $0.name == name }?.defaultValue
    }

    /// The same with those secrets of `old` that this leaves out, if the type is the same.
    package func keepingSecrets(of old: ChannelSettings) -> ChannelSettings {
        guard old.type == type else { return self }
        var kept = self
        for name in type.secretNames where kept.settings[name] == nil { kept.settings[name] = old.settings[name] }
        return kept
    }

    /// Makes the secrets that were left out and can be made.
    ///
    /// - Returns: The whole, and the secrets that were made, to be shown once.
    package func makingSecrets() -> (settings: ChannelSettings, made: [String: String]) {
        var whole = self
        var made: [String: String] = [:]
        for setting in type.settings where setting.isMade && whole.settings[setting.name] == nil {
            made[setting.name] = WebhookSecret.random().text
        }
        whole.settings.merge(made) { own, _ in own }
        return (whole, made)
    }

    /// The same without its secrets, as it may be shown.
    package var withoutSecrets: ChannelSettings {
        var shown = self
        for name in type.secretNames { shown.settings[name] = nil }
        return shown
    }

    /// The names of the secrets that are set, in alphabetical order.
    package var secretNames: [String] { type.secretNames.filter { settings[$0] != nil }.sorted() }
}
