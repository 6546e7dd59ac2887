internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// The pages of the dashboard.
struct DashboardController: Sendable {
    private let dependencies: WebDependencies
    private let pages: PageRenderer
    private let fragments: FragmentReader
    private let labels: LabelReader
    private let letters: DeadLetterActions

    init(_ dependencies: WebDependencies, pages: PageRenderer, fragments: FragmentReader) {
        self.dependencies = dependencies
        self.pages = pages
        self.fragments = fragments
        letters = DeadLetterActions(
            queue: dependencies.queue,
            channels: dependencies.channels,
            monitoring: dependencies.monitoring
        )
        labels = LabelReader(sites: dependencies.sites, time: dependencies.time)
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
        let filter = try SiteFilter(Query(request, "after", "search", "status", "tag", "group", "sort"))
        let fragments = reader(for: context)
        let page = try await fragments.sites(filter)
        let labels = try await labels.labels()
        let parameters = filter.parameters()
        let view: View = [
            "summary": try await fragments.summary(filter).html,
            "list": fragments.siteList(page, filter).map(\.html).joined(),
            "isEmpty": page.items.isEmpty,
            "isFiltered": filter.isNarrowed,
            "search": filter.search,
            "tag": filter.tag,
            "group": filter.group,
            "tags": labels.tags,
            "groups": labels.groups,
            "hasGroups": !labels.groups.isEmpty || filter.group != nil,
            "orders": [("trouble", "Trouble first"), ("name", "By name"), ("added", "Oldest first")].map {
                ["value": $0, "word": $1, "isSelected": $0 == filter.order.rawValue] as View
            },
            "states": SiteStatus.allCases.map { state in
                ["value": state.rawValue, "word": SiteView.word(state), "isSelected": state == filter.status] as View
            },
            "next": filter.next(after: page).map { "/?\(filter.parameters(after: $0))" },
            "first": filter.after == nil ? nil : (parameters.isEmpty ? "/" : "/?\(parameters)"),
        ]
        let whole = filter.parameters(after: filter.place)
        let live = whole.isEmpty ? "topic=sites" : "topic=sites&\(whole)"
        return pages.page("sites", title: "Sites", section: .sites, live: live, for: context, view)
    }

    private func reader(for context: WebContext) -> FragmentReader {
        fragments.seen(canManage: context.visitor.may(.manage))
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

    private func site(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "window", "from", "to")
        let fragments = reader(for: context)
        let id: SiteID = try context.id("site")
        guard let overview = try await dependencies.sites.overview(of: id, beats: HeartbeatBar.length) else {
            throw Problem.notFound("site \(id)")
        }
        let now = dependencies.time.now()
        let range = try SiteRange(query, now: now)
        var uptimes: [View] = []
        for (name, span) in SiteRange.windows {
            let uptime = try await dependencies.monitoring.uptime(id, from: now - span, to: now)
            uptimes.append([
                "name": name,
                "value": overview.latest == nil ? "–" : SiteView.percentage(uptime.ratio),
                "downtime": uptime.downtime > .zero ? SiteView.span(uptime.downtime) : nil,
                "incidents": uptime.incidents == 1 ? "1 incident" : "\(uptime.incidents) incidents",
                "isCurrent": name == range.name,
                "href": "/sites/\(id)?window=\(name)",
            ])
        }
        let (from, to) = (range.from, range.to)
        let latency = try await dependencies.monitoring.latency(id, from: from, to: to, buckets: 48)
        let phases = try await dependencies.monitoring.phases(id, from: from, to: to, buckets: 48)
        let own: Uptime? = range.isOwn ? try await dependencies.monitoring.uptime(id, from: from, to: to) : nil
        let certificate = overview.latest?.observation.certificateEndsAt
        let view: View = [
            "id": id.description,
            "name": overview.site.settings.name,
            "head": try await fragments.siteHead(overview).html,
            "maintenance": try await MaintenanceView.banner(of: overview, dependencies.maintenance, now: now),
            "results": try await fragments.siteResults(id).html,
            "incidents": try await fragments.siteIncidents(id).html,
            "uptimes": uptimes,
            "window": range.title,
            "fromDay": range.from.day,
            "toDay": range.isOwn ? (range.to - .milliseconds(1)).day : now.day,
            "today": now.day,
            "own": own.map { uptime -> View in
                [
                    "value": SiteView.percentage(uptime.ratio),
                    "downtime": uptime.downtime > .zero ? SiteView.span(uptime.downtime) : nil,
                    "incidents": uptime.incidents == 1 ? "1 incident" : "\(uptime.incidents) incidents",
                ]
            },
            "chart": LatencyChart.html(latency, showsDays: to - from > .seconds(86_400)),
            "phaseChart": PhaseChart.html(phases),
            "phaseSums": PhaseChart.sums(phases),
            "phasesFrom": SiteView.time(phases.from),
            "phasesAreCut": phases.from > max(from, overview.site.createdAt),
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
        let before: IncidentID? = try Query(request, "before").identifier("before")
        let view: View = ["list": try await reader(for: context).incidents(before: before).html]
        return pages.page(
            "incidents",
            title: "Incidents",
            section: .incidents,
            live: before == nil ? "topic=incidents" : nil,
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
        let query = try Query(
            request,
            "before",
            "channel",
            "type",
            "reason",
            "since",
            "until",
            "replayed",
            "discarded",
            "full",
            "more"
        )
        let filter = LetterFilter { query[$0] }
        let problems = filter.problems
        let page =
            problems.isEmpty
            ? try await letters.list(filter.filter, before: query["before"], limit: FragmentReader.lettersPerPage)
            : DeadLetterPage(items: [], next: nil)
        let view = filter.view(channels: try await dependencies.channels.channels()).adding([
            "list": try await reader(for: context).deadLetters(page).html,
            "problems": problems,
            "hasAny": !page.items.isEmpty,
            "next": page.next.map { next in
                "/dead-letters?" + (filter.isEmpty ? "" : filter.parameters + "&") + "before=\(next)"
            },
            "notice": LetterFilter.notice { query[$0] },
        ])
        return pages.page(
            "dead-letters",
            title: "Dead letters",
            section: .deadLetters,
            live: filter.isEmpty && query["before"] == nil ? "topic=dead-letters" : nil,
            for: context,
            view
        )
    }

    private func system(_ request: Request, _ context: WebContext) async throws -> Response {
        let view: View = ["list": try await reader(for: context).system().html]
        return pages.page("system", title: "System", section: .system, live: "topic=system", for: context, view)
    }
}
