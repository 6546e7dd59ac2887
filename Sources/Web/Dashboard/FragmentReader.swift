internal import Monitoring
internal import Notifications

/// Reads what the pages show, as the parts that are kept up to date.
struct FragmentReader: Sendable {
    static let sitesPerPage = 100
    static let lettersPerPage = 50

    let dependencies: WebDependencies
    let status: StatusReader
    let pages: PageRenderer
    /// Whether the parts have the buttons that change something.
    private(set) var canManage = false

    init(_ dependencies: WebDependencies, status: StatusReader, pages: PageRenderer) {
        self.dependencies = dependencies
        self.status = status
        self.pages = pages
    }

    /// The same for someone who may, or may not, change something.
    func seen(canManage: Bool) -> FragmentReader {
        var reader = self
        reader.canManage = canManage
        return reader
    }

    /// All parts of a topic, as they are now.
    func fragments(of topic: Topic) async throws -> [Fragment] {
        try await seen(canManage: topic.canManage).fragments(of: topic.subject)
    }

    private func fragments(of subject: Topic.Subject) async throws -> [Fragment] {
        switch subject {
        case .sites(let filter):
            let page = try await sites(filter)
            return try await [summary(filter)] + siteList(page, filter)
        case .site(let id): return try await site(id)
        case .incidents: return [try await incidents()]
        case .maintenance: return [try await maintenance()]
        case .channels: return [try await channels()]
        case .deadLetters: return [try await deadLetters()]
        case .system: return [try await system()]
        }
    }

    // MARK: Sites

    func sites(_ filter: SiteFilter) async throws -> SitePage {
        try await dependencies.sites.overviews(
            SiteQuery(
                after: filter.after,
                afterStatus: filter.afterStatus,
                order: filter.order,
                limit: Self.sitesPerPage,
                search: filter.search,
                status: filter.status,
                tag: filter.tag,
                group: filter.group,
                beats: HeartbeatBar.length
            )
        )
    }

    /// How many sites are in each state, each a link that shows these alone.
    func summary(_ filter: SiteFilter) async throws -> Fragment {
        let counts = try await status.status().sites ?? [:]
        let total = counts.values.reduce(0, +)
        let isAlways: Set<SiteStatus> = [.up, .down]
        var tiles: [View] = [
            [
                "state": "all", "word": "All sites", "count": String(total), "href": "/",
                "isCurrent": filter.status == nil,
            ]
        ]
        for state in [SiteStatus.down, .degraded, .up, .unknown, .pending, .paused, .maintenance] {
            let count = counts[state] ?? 0
            guard count > 0 || isAlways.contains(state) || filter.status == state else { continue }
            tiles.append([
                "state": state.rawValue, "word": SiteView.word(state), "count": String(count),
                "href": "/?status=\(state.rawValue)", "isCurrent": filter.status == state, "hasAny": count > 0,
            ])
        }
        let view: View = ["tiles": tiles]
        return Fragment(id: "summary", html: pages.fragment("summary", view))
    }

    /// The rows, each a part of its own, and the list of which sites there are, which is sent whole when it changes.
    func siteList(_ page: SitePage, _ filter: SiteFilter) -> [Fragment] {
        let rows = page.items.map { overview in
            Fragment(
                id: "site-\(overview.site.id)",
                html: pages.fragment("site-row", SiteView.row(overview, canManage: canManage))
            )
        }
        let order: View = ["ids": page.items.map(\.site.id.description).joined(separator: " ")]
        return [Fragment(id: "site-order", html: pages.fragment("site-order", order))] + rows
    }

    private func site(_ id: SiteID) async throws -> [Fragment] {
        guard let overview = try await dependencies.sites.overview(of: id, beats: HeartbeatBar.length) else {
            return []
        }
        return [try await siteHead(overview), try await siteResults(id), try await siteIncidents(id)]
    }

    func siteHead(_ overview: SiteOverview) async throws -> Fragment {
        Fragment(id: "site-head", html: pages.fragment("site-head", SiteView.row(overview, canManage: canManage)))
    }

    func siteResults(_ id: SiteID) async throws -> Fragment {
        let results = try await dependencies.monitoring.results(ResultQuery(site: id, limit: 20))
        let view: View = ["results": results.map(SiteView.result)]
        return Fragment(id: "site-results", html: pages.fragment("site-results", view))
    }

    func siteIncidents(_ id: SiteID) async throws -> Fragment {
        let incidents = try await dependencies.incidents.reports(IncidentQuery(limit: 10, site: id))
        let view: View = [
            "id": "site-incidents", "incidents": try await rows(incidents), "ofOneSite": true, "canManage": canManage,
        ]
        return Fragment(id: "site-incidents", html: pages.fragment("incident-list", view))
    }

    // MARK: The other pages

    static let incidentsPerPage = 50

    /// The open ones and the newest that have ended; further back, a page of those that have ended.
    func incidents(before: IncidentID? = nil) async throws -> Fragment {
        let open =
            before == nil
            ? try await dependencies.incidents.reports(IncidentQuery(limit: 100, isOpen: true)) : []
        let ended = try await dependencies.incidents.reports(
            IncidentQuery(before: before, limit: Self.incidentsPerPage, isOpen: false)
        )
        let view: View = [
            "id": "incidents", "incidents": try await rows(open + ended), "canManage": canManage,
            "next": ended.count < Self.incidentsPerPage ? nil : ended.last?.id.description,
        ]
        return Fragment(id: "incidents", html: pages.fragment("incident-list", view))
    }

    private func rows(_ reports: [IncidentReport]) async throws -> [View] {
        let names = try await dependencies.sites.names(of: IncidentView.sites(of: reports))
        let now = dependencies.time.now()
        return reports.map { IncidentView.row($0, names: names, now: now) }
    }

    /// Windows that are over and still listed.
    private static let endedWindows = 20

    func maintenance() async throws -> Fragment {
        var windows: [MaintenanceWindow] = []
        for (phase, limit) in [(.active, 100), (.upcoming, 100), (.ended, Self.endedWindows)]
            as [(MaintenanceWindow.Phase, Int)]
        {
            windows += try await dependencies.maintenance.windows(MaintenanceQuery(limit: limit, phase: phase)).items
        }
        let names = try await dependencies.sites.names(of: windows.flatMap(\.settings.scope.sites))
        let now = dependencies.time.now()
        let view: View = [
            "windows": windows.map { MaintenanceView.row($0, names: names, now: now) }, "canManage": canManage,
        ]
        return Fragment(id: "maintenance-windows", html: pages.fragment("maintenance-list", view))
    }

    func channels() async throws -> Fragment {
        let channels = try await dependencies.channels.channels()
        var views: [View] = []
        let latest = try await dependencies.deliveries.latestAttempts(of: channels.map(\.id))
        for channel in channels {
            let last = latest[channel.id]
            let own = channel.settings.withoutSecrets.settings.sorted { $0.key < $1.key }
            views.append([
                "id": channel.id.description,
                "name": channel.settings.name,
                "type": channel.settings.type.rawValue,
                "settings": own.map { ["name": $0.key, "value": $0.value] as View },
                "secrets": channel.settings.secretNames.isEmpty
                    ? nil : channel.settings.secretNames.joined(separator: ", "),
                "events": channel.settings.events.joined(separator: ", "),
                "tags": channel.settings.tags,
                "isPaused": channel.settings.paused,
                "disabledReason": channel.disabledReason,
                "state": channel.disabledReason != nil ? "down" : channel.settings.paused ? "paused" : "up",
                "stateWord": channel.disabledReason != nil ? "Disabled" : channel.settings.paused ? "Paused" : "In use",
                "last": last.map(attempt),
            ])
        }
        let view: View = ["channels": views, "canManage": canManage]
        return Fragment(id: "channels", html: pages.fragment("channel-list", view))
    }

    func attempt(_ attempt: DeliveryAttempt) -> View {
        [
            "event": attempt.event.rawValue, "type": attempt.eventType, "at": SiteView.time(attempt.at),
            "result": attempt.result.rawValue, "attempt": String(attempt.attempt),
            "status": attempt.statusCode.map(String.init), "error": attempt.error, "response": attempt.response,
            "duration": SiteView.duration(attempt.duration), "next": attempt.next.map(SiteView.time),
            "isSent": attempt.result == .sent,
        ]
    }

    /// The newest of all.
    func deadLetters() async throws -> Fragment {
        try await deadLetters(try await dependencies.queue.deadLetters(DeadLetterQuery(limit: Self.lettersPerPage)))
    }

    func deadLetters(_ page: DeadLetterPage) async throws -> Fragment {
        let names = Dictionary(
            try await dependencies.channels.channels().map { ($0.id, $0.settings.name) },
            uniquingKeysWith: { first, _ in first }
        )
        let letters = page.items.map { letter -> View in
            [
                "id": letter.id,
                "event": letter.event?.rawValue,
                "channel": letter.channel.map { names[$0] ?? "deleted channel \($0)" },
                "reason": letter.reason,
                "attempts": String(letter.attempts),
                "at": SiteView.time(letter.at),
                "body": String(String(decoding: letter.body, as: UTF8.self).prefix(4_000)),
            ]
        }
        let view: View = ["letters": letters, "canManage": canManage]
        return Fragment(id: "dead-letters", html: pages.fragment("dead-letter-list", view))
    }

    func system() async throws -> Fragment {
        let status = try await status.status()
        let regions = status.regions.map { region -> View in
            let counts = region.counts
            return [
                "region": region.region,
                "isReachable": counts != nil,
                "leader": counts?.leader,
                "workers": counts.map { String($0.workers) },
                "waiting": counts.map { String($0.waiting) },
                "held": counts.map { String($0.held) },
                "pushed": counts.map { String($0.pushed) },
                "ends": JobEnd.allCases.map { end in
                    ["name": end.rawValue, "count": String(counts?.ends[end] ?? 0)] as View
                },
                "trimmed": counts.map { String($0.trimmed) },
                "missed": region.missed.map(String.init),
                "through": counts?.mark.map { SiteView.time($0.through) },
            ]
        }
        let queue = status.queue.map { queue -> View in
            [
                "waiting": String(queue.waiting), "held": String(queue.held), "scheduled": String(queue.scheduled),
                "dead": String(queue.dead), "discarded": String(queue.discarded), "workers": String(queue.workers),
                "lost": queue.lost > 0 ? String(queue.lost) : nil,
            ]
        }
        let roles = dependencies.readiness.map { name, role -> View in
            switch role.readiness {
            case .ready: ["name": name, "state": "up", "stateWord": "Ready"]
            case .notReady(let reason): ["name": name, "state": "down", "stateWord": "Not ready", "reason": reason]
            }
        }
        let view: View = ["regions": regions, "queue": queue, "roles": roles, "problems": status.problems]
        return Fragment(id: "system", html: pages.fragment("system-status", view))
    }
}
