internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// The pages of the dashboard.
struct DashboardController: Sendable {
    private let dependencies: WebDependencies
    private let pages: PageRenderer
    private let fragments: FragmentReader

    init(_ dependencies: WebDependencies, pages: PageRenderer, fragments: FragmentReader) {
        self.dependencies = dependencies
        self.pages = pages
        self.fragments = fragments
    }

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/", .page, sites),
            Endpoint(.get, "/sites/new", .page, newSite),
            Endpoint(.get, "/sites/{id}", .page, site),
            Endpoint(.get, "/sites/{id}/edit", .page, editSite),
            Endpoint(.get, "/incidents", .page, incidents),
            Endpoint(.get, "/channels", .page, channels),
            Endpoint(.get, "/channels/{id}", .page, channel),
            Endpoint(.get, "/dead-letters", .page, deadLetters),
            Endpoint(.get, "/system", .page, system),
        ]
    }

    private func sites(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "after", "search", "status", "tag")
        let filter = SiteFilter(
            after: try query.identifier("after"),
            search: query["search"],
            status: query["status"].flatMap(SiteStatus.init(rawValue:)),
            tag: query["tag"]
        )
        let fragments = reader(for: context)
        let page = try await fragments.sites(filter)
        let parameters = Self.parameters(of: filter)
        let isFiltered = filter.search != nil || filter.status != nil || filter.tag != nil
        let view: View = [
            "summary": try await fragments.summary(filter).html,
            "list": fragments.siteList(page, filter).map(\.html).joined(),
            "isEmpty": page.items.isEmpty,
            "isFiltered": isFiltered,
            "search": filter.search,
            "tag": filter.tag,
            "states": SiteStatus.allCases.map { state in
                ["value": state.rawValue, "word": SiteView.word(state), "isSelected": state == filter.status] as View
            },
            "next": page.next.map { "/?after=\($0)" + (parameters.isEmpty ? "" : "&\(parameters)") },
            "first": filter.after == nil ? nil : (parameters.isEmpty ? "/" : "/?\(parameters)"),
        ]
        var live = "topic=sites"
        if let after = filter.after { live += "&after=\(after)" }
        if !parameters.isEmpty { live += "&\(parameters)" }
        return pages.page("sites", title: "Sites", section: .sites, live: live, for: context, view)
    }

    private func reader(for context: WebContext) -> FragmentReader {
        fragments.seen(canManage: context.visitor.may(.manage))
    }

    private static func parameters(of filter: SiteFilter) -> String {
        [("search", filter.search), ("status", filter.status?.rawValue), ("tag", filter.tag)]
            .compactMap { name, value in value.map { "\(name)=\(SignInController.encoded($0))" } }
            .joined(separator: "&")
    }

    private func newSite(_ request: Request, _ context: WebContext) async throws -> Response {
        let view = SiteForm.view(SiteForm.fields(of: nil), defaultInterval: dependencies.defaultInterval)
        return pages.page("site-form", title: "Add a site", section: .sites, for: context, view)
    }

    private func editSite(_ request: Request, _ context: WebContext) async throws -> Response {
        let id: SiteID = try context.id("site")
        guard let site = try await dependencies.sites.site(id) else { throw Problem.notFound("site \(id)") }
        var view = SiteForm.view(SiteForm.fields(of: site), defaultInterval: dependencies.defaultInterval)
        view["id"] = id.description
        return pages.page("site-form", title: "Edit \(site.settings.name)", section: .sites, for: context, view)
    }

    /// The spans that a site's page can show, longest last.
    private static let windows: [(name: String, span: Duration)] = [
        ("24h", .seconds(86_400)), ("7d", .seconds(7 * 86_400)), ("30d", .seconds(30 * 86_400)),
        ("90d", .seconds(90 * 86_400)),
    ]

    private func site(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "window")
        let fragments = reader(for: context)
        let id: SiteID = try context.id("site")
        guard let overview = try await dependencies.sites.overview(of: id, beats: HeartbeatBar.length) else {
            throw Problem.notFound("site \(id)")
        }
        let window = Self.windows.first { $0.name == query["window"] } ?? Self.windows[0]
        let now = dependencies.time.now()
        var uptimes: [View] = []
        for (name, span) in Self.windows {
            let uptime = try await dependencies.monitoring.uptime(id, from: now - span, to: now)
            uptimes.append([
                "name": name,
                "value": overview.latest == nil ? "–" : SiteView.percentage(uptime.ratio),
                "downtime": uptime.downtime > .zero ? SiteView.span(uptime.downtime) : nil,
                "incidents": uptime.incidents == 1 ? "1 incident" : "\(uptime.incidents) incidents",
                "isCurrent": name == window.name,
                "href": "/sites/\(id)?window=\(name)",
            ])
        }
        let latency = try await dependencies.monitoring.latency(id, from: now - window.span, to: now, buckets: 48)
        let certificate = overview.latest?.observation.certificateEndsAt
        let view: View = [
            "id": id.description,
            "name": overview.site.settings.name,
            "head": try await fragments.siteHead(overview).html,
            "maintenance": try await MaintenanceView.banner(of: overview, dependencies.maintenance, now: now),
            "results": try await fragments.siteResults(id).html,
            "incidents": try await fragments.siteIncidents(id).html,
            "uptimes": uptimes,
            "window": window.name,
            "chart": LatencyChart.html(latency, showsDays: window.span > .seconds(86_400)),
            "p50": latency.whole.p50.map(SiteView.duration) ?? "–",
            "p95": latency.whole.p95.map(SiteView.duration) ?? "–",
            "p99": latency.whole.p99.map(SiteView.duration) ?? "–",
            "interval": overview.site.interval.text,
            "timeout": overview.site.timeout.text,
            "method": overview.site.settings.method,
            "regions": overview.site.settings.regions.joined(separator: ", "),
            "expected": overview.site.settings.expect.status.map(\.description).joined(separator: ", "),
            "keyword": overview.site.settings.expect.body,
            "certificateDays": certificate.map { String(max(0, ($0 - now).components.seconds / 86_400)) },
            "isPaused": overview.site.settings.paused,
        ]
        return pages.page(
            "site",
            title: overview.site.settings.name,
            section: .sites,
            live: "topic=site&id=\(id)",
            for: context,
            view
        )
    }

    private func incidents(_ request: Request, _ context: WebContext) async throws -> Response {
        let view: View = ["list": try await reader(for: context).incidents().html]
        return pages.page(
            "incidents",
            title: "Incidents",
            section: .incidents,
            live: "topic=incidents",
            for: context,
            view
        )
    }

    private func channels(_ request: Request, _ context: WebContext) async throws -> Response {
        let view = ChannelForm.view([:]).adding(["list": try await reader(for: context).channels().html])
        return pages.page("channels", title: "Channels", section: .channels, live: "topic=channels", for: context, view)
    }

    private func channel(_ request: Request, _ context: WebContext) async throws -> Response {
        let id: ChannelID = try context.id("channel")
        guard let channel = try await dependencies.channels.channel(id) else { throw Problem.notFound("channel \(id)") }
        let attempts = try await dependencies.deliveries.attempts(channel: id, limit: 50)
        let view: View = [
            "id": id.description, "name": channel.settings.name, "type": channel.settings.type.rawValue,
            "attempts": attempts.map(fragments.attempt),
        ]
        return pages.page("channel", title: channel.settings.name, section: .channels, for: context, view)
    }

    private func deadLetters(_ request: Request, _ context: WebContext) async throws -> Response {
        let view: View = ["list": try await reader(for: context).deadLetters().html]
        return pages.page(
            "dead-letters",
            title: "Dead letters",
            section: .deadLetters,
            live: "topic=dead-letters",
            for: context,
            view
        )
    }

    private func system(_ request: Request, _ context: WebContext) async throws -> Response {
        let view: View = ["list": try await reader(for: context).system().html]
        return pages.page("system", title: "System", section: .system, live: "topic=system", for: context, view)
    }
}
