internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/badge/{site}.svg`: the figures of a published site as a picture for other people's pages.
struct BadgeController: Sendable {
    enum Figure: String, Sendable, CaseIterable {
        case state
        case uptime
        case response
    }

    /// The spans that figures can be of; only these, so that what is kept has a bound.
    enum Window: String, Sendable, CaseIterable {
        case day = "24h"
        case week = "7d"
        case month = "30d"
        case quarter = "90d"

        var duration: Duration {
            switch self {
            case .day: .seconds(86_400)
            case .week: .seconds(7 * 86_400)
            case .month: .seconds(30 * 86_400)
            case .quarter: .seconds(90 * 86_400)
            }
        }
    }

    private struct Key: Hashable, Sendable {
        let site: SiteID
        let figure: Figure
        let window: Window
    }

    /// How long a figure that was read from the history is good.
    static let lifetime = Duration.seconds(60)
    private static let mostKept = 4_000

    private let statusPage: StatusPageController
    private let monitoring: any MonitoringStore
    private let values: RenewedCopies<Key, Badge.Value>

    init(statusPage: StatusPageController, monitoring: any MonitoringStore, time: any TimeSource) {
        self.statusPage = statusPage
        self.monitoring = monitoring
        values = RenewedCopies(lifetime: Self.lifetime, most: Self.mostKept, time: time)
    }

    var endpoints: [Endpoint] { [Endpoint(.get, "/badge/{site}.svg", .open, show)] }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "show", "window")
        let figure: Figure = try query.choice("show") ?? .state
        let window: Window = try query.choice("window") ?? (figure == .response ? .day : .month)
        let name = context.parameters.get("site") ?? ""
        guard let plain = name.removingPercentEncoding, let line = try await line(of: plain) else {
            throw Problem.notFound("badge \(name.prefix(80))")
        }
        let badge = try await badge(of: line, figure, window)
        var response = KeptBody(badge.svg).response(
            type: "image/svg+xml",
            cacheControl: "public, max-age=60, stale-while-revalidate=300"
        )
        // It is made to be shown on other sites' pages.
        response.headers[.crossOriginResourcePolicy] = "cross-origin"
        return response
    }

    /// The published site of an id or a name.
    private func line(of name: String) async throws -> StatusPage.Line? {
        let lines = try await statusPage.current().page.lines
        if let id = SiteID(name), let line = lines.first(where: { $0.standing.site == id }) { return line }
        return lines.first { $0.standing.name == name }
    }

    private func badge(of line: StatusPage.Line, _ figure: Figure, _ window: Window) async throws -> Badge {
        guard figure != .state else {
            return Badge(label: line.name, value: .state(line.standing.status))
        }
        let key = Key(site: line.standing.site, figure: figure, window: window)
        let value = try await values.value(of: key) { now in
            if figure == .response {
                let latency = try await monitoring.latency(key.site, from: now - window.duration, to: now, buckets: 1)
                return .response(latency.whole.p50)
            }
            let uptime = try await monitoring.uptime(key.site, from: now - window.duration, to: now)
            return .uptime(line.standing.status == .pending ? nil : uptime.ratio)
        }
        return Badge(label: "\(line.name) \(figure.rawValue) \(window.rawValue)", value: value)
    }
}
