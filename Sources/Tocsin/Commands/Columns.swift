internal import Notifications

/// The columns of each kind of record.
enum Columns {
    static let sites = [
        Table.Column("ID", .right) { $0["id"]?.cell ?? "–" },
        Table.Column("NAME") { $0["name"]?.cell ?? "–" },
        Table.Column("STATE", colour: colour) { $0["state"]?.string ?? "–" },
        Table.Column("SINCE") { Columns.time($0["since"]) },
        Table.Column("EVERY", .right) { $0["interval"]?.cell ?? "–" },
        Table.Column("LATENCY", .right) { Columns.milliseconds($0["latest"]?["phases"]?["totalMs"]) },
        Table.Column("24 H", .right) { Columns.share($0["uptime24h"]) },
        Table.Column("URL") { $0["url"]?.cell ?? "–" },
    ]

    static let channels = [
        Table.Column("ID", .right) { $0["id"]?.cell ?? "–" },
        Table.Column("NAME") { $0["name"]?.cell ?? "–" },
        Table.Column("TYPE") { $0["type"]?.cell ?? "–" },
        Table.Column("EVENTS") { $0["events"]?.cell ?? "–" },
        Table.Column("TAGS") { $0["tags"]?.cell ?? "–" },
        Table.Column("STATE", colour: colour) { record in
            if record["disabledReason"]?.string != nil { return "disabled" }
            return record["paused"]?.bool == true ? "paused" : "in use"
        },
    ]

    static let incidents = [
        Table.Column("ID", .right) { $0["id"]?.cell ?? "–" },
        Table.Column("WHAT") { $0["title"]?.string ?? $0["siteName"]?.cell ?? "–" },
        Table.Column("STATUS") { $0["status"]?.cell ?? "–" },
        Table.Column("STARTED") { Columns.time($0["startedAt"]) },
        Table.Column("ENDED", colour: colour) { record in
            record["endedAt"]?.string == nil ? "open" : Columns.time(record["endedAt"])
        },
        Table.Column("ACKNOWLEDGED") { $0["acknowledgedBy"]?.cell ?? "–" },
        Table.Column("WHY") { $0["failure"]?["message"]?.cell ?? "–" },
    ]

    static let maintenance = [
        Table.Column("ID", .right) { $0["id"]?.cell ?? "–" },
        Table.Column("TITLE") { $0["title"]?.cell ?? "–" },
        Table.Column("STATE", colour: colour) { $0["state"]?.string ?? "–" },
        Table.Column("FOR") { record in
            if record["all"]?.bool == true { return "all sites" }
            let parts = [("sites", record["sites"]), ("tags", record["tags"])].compactMap { name, list in
                list?.array.flatMap { $0.isEmpty ? nil : "\(name) \(list?.cell ?? "")" }
            }
            return parts.joined(separator: "; ")
        },
        Table.Column("NEXT") { Columns.time($0["upcoming"]?.array?.first?["start"]) },
        Table.Column("WHEN") { $0["summary"]?.cell ?? "–" },
    ]

    static let deadLetters = [
        Table.Column("ID") { $0["id"]?.cell ?? "–" },
        Table.Column("WHEN") { Columns.time($0["at"]) },
        Table.Column("EVENT") { $0["event"]?.cell ?? "–" },
        Table.Column("CHANNEL") { $0["channel"]?.cell ?? "–" },
        Table.Column("ATTEMPTS", .right) { $0["attempts"]?.cell ?? "–" },
        Table.Column("WHY") { $0["reason"]?.cell ?? "–" },
    ]

    static let tokens = [
        Table.Column("ID", .right) { $0["id"]?.cell ?? "–" },
        Table.Column("NAME") { $0["name"]?.cell ?? "–" },
        Table.Column("SCOPES") { $0["scopes"]?.cell ?? "–" },
        Table.Column("CREATED") { Columns.time($0["createdAt"]) },
        Table.Column("LAST USED") { Columns.time($0["lastUsedAt"]) },
    ]

    /// The colour of a state.
    static func colour(_ state: String) -> Terminal.Colour? {
        switch state {
        case "up", "in use": .green
        case "down", "disabled", "open": .red
        case "degraded", "unknown": .yellow
        case "pending", "paused", "maintenance": .dim
        default: nil
        }
    }

    /// A time to the second, in UTC, as the API gives it.
    private static func time(_ value: JSON?) -> String {
        guard let text = value?.string, text.utf8.count >= 19 else { return "–" }
        return text.prefix(19).replacing("T", with: " ") + "Z"
    }

    private static func milliseconds(_ value: JSON?) -> String {
        guard case .number(let digits)? = value, let time = Double(digits) else { return "–" }
        return time < 10 ? "\((time * 10).rounded() / 10) ms" : "\(Int(time.rounded())) ms"
    }

    private static func share(_ value: JSON?) -> String {
        guard case .number(let digits)? = value, let share = Double(digits) else { return "–" }
        // 99.996 % must not read as 100 %, so the rest is cut off, not rounded.
        let hundredths = Int((share * 10_000).rounded(.down))
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) %"
    }
}
