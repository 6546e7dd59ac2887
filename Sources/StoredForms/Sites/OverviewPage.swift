package import Monitoring

/// Puts a page of overviews together from what an engine has read, a query for each kind.
package struct OverviewPage: Sendable {
    /// A site with the state that is stored of it.
    package struct Row: Sendable {
        package let site: Site
        package let status: SiteStatus
        package let since: Timestamp
        package let hasResult: Bool

        /// A paused site keeps the state that it will go on from, and is shown as paused.
        package init(_ fields: SiteFields, status: String, since: Int64, secrets: SecretBox) throws {
            let stored = SiteStatus(rawValue: status) ?? .unknown
            site = try fields.site(secrets)
            self.status = fields.pausedAt == nil ? stored : .paused
            self.since = Timestamp(milliseconds: fields.pausedAt ?? since)
            hasResult = stored != .pending && stored != .maintenance
        }
    }

    /// The span of ``SiteOverview/uptime24h``, in milliseconds.
    package static let day: Int64 = 86_400_000

    package var latest: [SiteID: StoredResult] = [:]
    /// Newest results, oldest first; more of a site than were asked for where several regions share a slot.
    package var beats: [SiteID: [Beat]] = [:]
    /// The incidents that reach into the last day.
    package var outages = Outages()
    /// The maintenance of the last day.
    package var calendar = MaintenanceCalendar.empty
    private let rows: [Row]
    private let next: SiteID?

    /// Begins a page of the sites in order, one more than the limit where there is a next page.
    package init(_ rows: [Row], limit: Int) {
        self.rows = Array(rows.prefix(max(limit, 0)))
        next = rows.count > limit ? self.rows.last?.site.id : nil
    }

    package var ids: [SiteID] { rows.map(\.site.id) }

    /// The page as it is answered.
    package func page(_ query: SiteQuery, now: Timestamp) -> SitePage {
        let items = rows.map { row in
            let id = row.site.id
            let hasResult = row.hasResult || latest[id] != nil
            return SiteOverview(
                site: row.site,
                status: row.status,
                since: row.since,
                latest: latest[id],
                beats: (beats[id] ?? []).suffix(max(query.beats, 0)),
                uptime24h: hasResult ? uptime(row.site, now: now) : nil
            )
        }
        return SitePage(items: items, next: next)
    }

    private func uptime(_ site: Site, now: Timestamp) -> Double {
        let start = max(now - .milliseconds(Self.day), site.createdAt)
        let span = min(start, now)..<now
        let maintenance = calendar.isEmpty ? [] : calendar.spans(of: site.id, tags: site.settings.tags)
        return outages.uptime(of: site.id, in: span, except: maintenance).ratio
    }

    /// The pattern of `LIKE`, with `\` as its escape, for texts that contain this one.
    package static func pattern(containing text: String) -> String {
        var pattern = "%"
        for character in text {
            if character == "%" || character == "_" || character == "\\" { pattern.append("\\") }
            pattern.append(character)
        }
        return pattern + "%"
    }
}

extension [SiteStatus: Int] {
    /// How many sites there are in each status, from the stored states of all and of those that are paused.
    package init(states: [(status: String, count: Int)], paused: [(status: String, count: Int)]) {
        self = [:]
        for (status, count) in states {
            if let status = SiteStatus(rawValue: status) { self[status, default: 0] += count }
        }
        for (status, count) in paused {
            guard let status = SiteStatus(rawValue: status) else { continue }
            self[status, default: 0] -= count
            self[.paused, default: 0] += count
        }
        self = filter { $0.value > 0 }
    }
}
