internal import Monitoring
internal import Notifications
internal import Web

/// What a document says that leaves a field out; null where that depends on the server.
enum Defaults {
    static let site = SiteDocument.json(of: SiteSettings(url: ""))

    static let channel: JSON = ["settings": [:], "events": ["*"], "tags": [], "paused": false]

    /// Fields that only answers have, or that say nothing yet.
    static let answers: Set<String> = [
        "id", "state", "since", "uptime24h", "latest", "revision", "defaults", "createdAt", "updatedAt", "secrets",
        "disabledReason", "quorum", "dependsOn",
    ]
}
