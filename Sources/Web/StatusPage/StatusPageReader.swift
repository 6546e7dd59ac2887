internal import Monitoring

/// Reads what the status page says: a constant number of queries, however many sites there are.
struct StatusPageReader: Sendable {
    /// How many sites a page shows that somebody has chosen.
    static let mostSites = 500
    /// How many while nobody has chosen.
    static let mostUndecided = 100
    /// How long an incident stays on the page after its end.
    static let recent = Duration.seconds(14 * 86_400)
    static let mostRecent = 30
    /// How far ahead maintenance is announced.
    private static let ahead = Duration.seconds(30 * 86_400)
    private static let mostMaintenance = 20
    private static let mostManual = 200
    /// How many incidents a month of the history shows.
    static let mostOfMonth = 300

    let status: any StatusStore
    let incidents: any IncidentStore
    let maintenance: any MaintenanceStore
    /// Whether sites are shown while nobody has chosen.
    let publishesSites: Bool

    init(_ dependencies: WebDependencies) {
        status = dependencies.status
        incidents = dependencies.incidents
        maintenance = dependencies.maintenance
        publishesSites = dependencies.publishesSites
    }

    // MARK: The page

    func page(at now: Timestamp) async throws -> StatusPage {
        let choice = try await status.choice()
        guard let sites = try await published(choice) else { return hidden(choice, at: now) }
        let first = now.startOfDay - .seconds(Int64(StatusPage.days - 1) * 86_400)
        // To the end of this millisecond, in which something may just have begun.
        let span = first..<(now + .milliseconds(1))
        let outages = try await status.outages(of: sites.standings.map(\.site), in: span)
        let calendar = try await maintenance.calendar(from: first, to: now)
        let shown = try await shown(outages, sites, at: now)
        let occurrences = try await maintenance.occurrences(
            from: now,
            to: now + Self.ahead,
            limit: MaintenanceLimits.windows
        )
        let announced = occurrences.compactMap {
            PublicMaintenance($0, standings: sites.standings, names: sites.names)
        }
        let bySite = Dictionary(grouping: outages, by: \.site)
        return StatusPage(
            at: now,
            title: choice.title,
            description: choice.settings?.description,
            feedKey: choice.feedKey,
            groups: sites.groups.map { name, standings in
                StatusPage.Group(
                    name: name,
                    lines: standings.map { standing in
                        StatusPage.Line(
                            standing: standing,
                            name: sites.names[standing.site] ?? "",
                            days: DayUptime.days(
                                StatusPage.days,
                                since: standing.createdAt,
                                outages: bySite[standing.site] ?? [],
                                maintenance: calendar.spans(of: standing.site, tags: standing.tags),
                                now: now
                            )
                        )
                    }
                )
            },
            open: shown.filter(\.isOpen),
            ended: Array(shown.filter { !$0.isOpen }.prefix(Self.mostRecent)),
            maintenance: Array(announced.prefix(Self.mostMaintenance)),
            isHidden: false
        )
    }

    private func hidden(_ choice: StatusPageChoice, at now: Timestamp) -> StatusPage {
        StatusPage(
            at: now,
            title: StatusPageSettings.standardTitle,
            description: nil,
            feedKey: choice.feedKey,
            groups: [],
            open: [],
            ended: [],
            maintenance: [],
            isHidden: true
        )
    }

    /// The incidents that go on, and those that ended a short while ago.
    private func shown(_ outages: [Outage], _ sites: PublishedSites, at now: Timestamp) async throws -> [PublicIncident]
    {
        let since = now - Self.recent
        let ended = outages.filter { ($0.endedAt ?? since) > since }.suffix(Self.mostRecent)
        let manual = try await incidents.manualIncidents(
            in: since..<(now + .milliseconds(1)),
            limit: Self.mostManual
        )
        return try await told(outages.filter { $0.endedAt == nil } + ended, manual, sites)
    }

    // MARK: The history

    /// The incidents that began in a month which the history has.
    func history(of month: StatusMonth, at now: Timestamp) async throws -> StatusHistory {
        let choice = try await status.choice()
        let sites = try await published(choice)
        var shown: [PublicIncident] = []
        if let sites {
            let outages = try await status.outages(of: sites.standings.map(\.site), in: month.span)
            let manual = try await incidents.manualIncidents(in: month.span, limit: Self.mostManual)
            shown = try await told(
                outages.filter { $0.startedAt >= month.start }.suffix(Self.mostOfMonth + 1),
                manual.filter { $0.startedAt >= month.start },
                sites
            )
        }
        return StatusHistory(
            month: month,
            title: sites == nil ? StatusPageSettings.standardTitle : choice.title,
            incidents: Array(shown.prefix(Self.mostOfMonth)),
            isCut: shown.count > Self.mostOfMonth,
            newer: month.next.isKept(at: now) ? month.next : nil,
            older: month.previous.isKept(at: now) ? month.previous : nil,
            isHidden: sites == nil
        )
    }

    // MARK: Parts

    /// Incidents with their updates, the newest first.
    private func told(
        _ outages: some Sequence<Outage>,
        _ manual: [ManualIncident],
        _ sites: PublishedSites
    ) async throws -> [PublicIncident] {
        let outages = Array(outages)
        let ids = outages.map(\.incident) + manual.map(\.id)
        let updates = Dictionary(grouping: try await incidents.updates(of: ids), by: \.incident)
        let own = outages.compactMap {
            PublicIncident($0, names: sites.names, updates: updates[$0.incident] ?? [])
        }
        let opened = manual.compactMap { PublicIncident($0, names: sites.names, updates: updates[$0.id] ?? []) }
        return (own + opened).sorted { ($0.startedAt, $0.id) > ($1.startedAt, $1.id) }
    }

    /// The sites that strangers may see; nil where the page is not published.
    private func published(_ choice: StatusPageChoice) async throws -> PublishedSites? {
        guard let settings = choice.settings else {
            guard publishesSites else { return nil }
            let standings = try await status.standings(of: .all, limit: Self.mostUndecided)
            return PublishedSites(standings)
        }
        guard settings.published else { return nil }
        let standings =
            settings.groups.isEmpty
            ? [] : try await status.standings(of: settings.selection, limit: Self.mostSites)
        return PublishedSites(standings, in: settings.groups)
    }
}

/// The sites that the page shows, by the groups in which it shows them.
struct PublishedSites: Sendable {
    let standings: [SiteStanding]
    let groups: [(name: String?, standings: [SiteStanding])]
    /// What strangers call them.
    let names: [SiteID: String]

    /// By the groups of the sites themselves.
    init(_ standings: [SiteStanding]) {
        let named = Dictionary(grouping: standings, by: \.group)
        self.init(
            standings,
            named.keys.sorted { ($0 ?? "") < ($1 ?? "") }.map { (name: $0, standings: named[$0] ?? []) }
        )
    }

    /// By groups that somebody has chosen: first those that a group lists, in its order, then those of its tags by name.
    init(_ standings: [SiteStanding], in groups: [StatusPageSettings.Group]) {
        var left = Dictionary(standings.map { ($0.site, $0) }) { first, _ in first }
        let filled = groups.map { group -> (name: String?, standings: [SiteStanding]) in
            let listed = group.sites.compactMap { left.removeValue(forKey: $0) }
            let tagged = left.values.filter { !Set($0.tags).isDisjoint(with: group.tags) }
                .sorted { ($0.name, $0.site) < ($1.name, $1.site) }
            for standing in tagged { left[standing.site] = nil }
            return (name: group.name, standings: listed + tagged)
        }
        self.init(standings, filled.filter { !$0.standings.isEmpty })
    }

    private init(_ standings: [SiteStanding], _ groups: [(name: String?, standings: [SiteStanding])]) {
        self.standings = standings
        self.groups = groups
        names = Dictionary(standings.map { ($0.site, Self.publicName($0.name)) }) { first, _ in first }
    }

    /// A site that was given no name is called by its URL, of which strangers see the host alone.
    static func publicName(_ name: String) -> String {
        guard let scheme = name.firstRange(of: "://") else { return name }
        let authority = name[scheme.upperBound...].prefix { !"/?#".contains($0) }
        return authority.split(separator: "@").last.map(String.init) ?? "Site"
    }
}
