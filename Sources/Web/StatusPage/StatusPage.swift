internal import Monitoring

/// What the public status page says at one moment.
struct StatusPage: Sendable {
    /// One line for all sites.
    enum Banner: String, Sendable {
        case operational
        case degraded
        case partialOutage = "partial_outage"
        case majorOutage = "major_outage"
        case maintenance
        case unknown

        /// What the sites' states come to; paused ones and those that were not checked yet have no say.
        init(_ states: [SiteStatus]) {
            let known = states.filter { $0 != .paused && $0 != .pending }
            let down = known.count { $0 == .down }
            self =
                known.isEmpty
                ? .unknown
                : down * 2 > known.count
                    ? .majorOutage
                    : down > 0
                        ? .partialOutage
                        : known.contains(.degraded)
                            ? .degraded
                            : known.contains(.maintenance)
                                ? .maintenance : known.contains(.unknown) ? .unknown : .operational
        }
    }

    struct Line: Sendable, Equatable {
        let standing: SiteStanding
        let days: [DayUptime]

        /// Over all days; nil where nothing was watched.
        var ratio: Double? {
            let watched = days.reduce(Duration.zero) { $0 + $1.watched }.milliseconds
            let downtime = days.reduce(Duration.zero) { $0 + $1.downtime }.milliseconds
            return watched <= 0 || standing.status == .pending ? nil : 1 - Double(downtime) / Double(watched)
        }
    }

    struct Group: Sendable, Equatable {
        /// Nil for the sites of no group.
        let name: String?
        let lines: [Line]
    }

    /// How many days the strips show.
    static let days = 90
    /// How many sites the page shows, so that its size has a bound.
    static let sites = 100

    let at: Timestamp
    let groups: [Group]
    /// Incidents that go on, the newest first, each with its site's name.
    let open: [(outage: Outage, name: String)]
    /// Whether no site may be shown to strangers.
    let isHidden: Bool

    var banner: Banner { Banner(groups.flatMap(\.lines).map(\.standing.status)) }

    /// Reads the page: two queries.
    static func read(_ store: any StatusStore, showsSites: Bool, at now: Timestamp) async throws -> StatusPage {
        guard showsSites else { return StatusPage(at: now, groups: [], open: [], isHidden: true) }
        let standings = try await store.standings(limit: sites)
        let first = now.startOfDay - .seconds((days - 1) * 86_400)
        let outages = try await store.outages(of: standings.map(\.site), since: first)
        let bySite = Dictionary(grouping: outages, by: \.site)
        let lines = standings.map { standing in
            Line(
                standing: standing,
                days: DayUptime.days(
                    days,
                    since: standing.createdAt,
                    outages: bySite[standing.site] ?? [],
                    now: now
                )
            )
        }
        let named = Dictionary(grouping: lines, by: \.standing.group)
        let groups = named.keys.sorted { ($0 ?? "") < ($1 ?? "") }.map { Group(name: $0, lines: named[$0] ?? []) }
        let names = Dictionary(uniqueKeysWithValues: standings.map { ($0.site, $0.name) })
        let open = outages.reversed().filter { $0.endedAt == nil }.compactMap { outage in
            names[outage.site].map { (outage: outage, name: $0) }
        }
        return StatusPage(at: now, groups: groups, open: open, isHidden: false)
    }
}
