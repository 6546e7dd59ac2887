internal import Foundation
internal import Monitoring
internal import Notifications

/// A site as the templates read it.
enum SiteView {
    static func row(_ overview: SiteOverview, canManage: Bool) -> View {
        let site = overview.site
        let observation = overview.latest?.observation
        let failure = overview.status == .down || overview.status == .degraded ? observation?.failure : nil
        return [
            "id": site.id.description,
            "name": site.settings.name,
            "url": site.settings.name == site.settings.url ? nil : site.settings.url,
            "fullURL": site.settings.url,
            "state": overview.status.rawValue,
            "stateWord": word(overview.status),
            "since": time(overview.since),
            "bar": HeartbeatBar.svg(overview.beats),
            "uptime": overview.uptime24h.map(percentage) ?? "–",
            "response": observation?.phases.total.map(duration) ?? "–",
            "checkedAt": overview.latest.map { time($0.slot) },
            "failure": failure?.message,
            "tags": site.settings.tags.map { ["name": $0, "query": SignInController.encoded($0)] as View },
            "group": site.settings.group,
            "isPaused": site.settings.paused,
            "canManage": canManage,
        ]
    }

    /// What is shown beside a result's colour.
    static func word(_ status: SiteStatus) -> String {
        switch status {
        case .pending: "Pending"
        case .up: "Up"
        case .degraded: "Slow"
        case .down: "Down"
        case .unknown: "Unknown"
        case .paused: "Paused"
        case .maintenance: "Maintenance"
        }
    }

    static func result(_ result: StoredResult) -> View {
        let observation = result.observation
        let phases = observation.phases
        return [
            "slot": time(result.slot),
            "state": observation.verdict.rawValue,
            "stateWord": word(SiteStatus(rawValue: observation.verdict.rawValue) ?? .unknown),
            "status": observation.statusCode.map(String.init) ?? "–",
            "total": phases.total.map(duration) ?? "–",
            "phases": [
                ("DNS", phases.dns), ("Connect", phases.connect), ("TLS", phases.tls), ("First byte", phases.firstByte),
                ("Transfer", phases.transfer),
            ].compactMap { name, value in value.map { ["name": name, "value": duration($0)] as View } },
            "failure": observation.failure?.message,
            "phase": observation.failure?.phase.rawValue,
            "bodyStart": observation.failure?.bodyStart,
            "region": result.region,
            "attempts": result.attempts > 1 ? String(result.attempts) : nil,
        ]
    }

    /// A moment for a `time` element: what machines read, and what people read until a script makes it relative.
    static func time(_ time: Timestamp) -> View {
        ["machine": time.rfc3339, "people": time.textForPeople]
    }

    /// A share as people read availability: two decimals, and 100% only for what is whole.
    static func percentage(_ ratio: Double) -> String {
        if ratio >= 1 { return "100%" }
        let hundredths = (ratio * 10_000).rounded(.down) / 100
        return String(format: "%.2f%%", max(0, hundredths))
    }

    static func duration(_ duration: Duration) -> String {
        milliseconds(Double(duration.components.seconds) * 1_000 + Double(duration.components.attoseconds) / 1e15)
    }

    static func milliseconds(_ value: Double) -> String {
        switch value {
        case ..<1: value == 0 ? "0 ms" : String(format: "%.1f ms", value)
        case ..<1_000: "\(Int(value.rounded())) ms"
        default: String(format: "%.2f s", value / 1_000)
        }
    }

    /// A span as people say it, in its two largest units.
    static func span(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        let parts = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")] as [(Int64, String)]
        guard let first = parts.firstIndex(where: { seconds >= $0.0 }) else { return "0 s" }
        let (size, unit) = parts[first]
        let head = "\(seconds / size) \(unit)"
        guard first + 1 < parts.count else { return head }
        let (smaller, smallerUnit) = parts[first + 1]
        let rest = seconds % size / smaller
        return rest == 0 ? head : "\(head) \(rest) \(smallerUnit)"
    }
}
