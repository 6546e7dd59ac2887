internal import Notifications

/// What a document says that leaves a field out; null where that depends on the server.
enum Defaults {
    static let site: JSON = [
        "kind": "http", "method": "GET", "headers": [:], "body": .null, "verifyTLS": true, "interval": .null,
        "timeout": .null,
        "expect": ["status": ["200-299"], "body": .null, "latency": .null, "certificateDays": 14],
        "redirects": 5, "confirm": ["failures": 2, "recoveries": 1, "interval": "5s"], "regions": ["default"],
        "group": .null, "tags": [], "paused": false,
    ]

    static let channel: JSON = ["settings": [:], "events": ["*"], "tags": [], "paused": false]

    /// Fields that only answers have, or that say nothing yet.
    static let answers: Set<String> = [
        "id", "state", "since", "uptime24h", "latest", "revision", "defaults", "createdAt", "updatedAt", "secrets",
        "disabledReason", "quorum", "dependsOn",
    ]
}
