internal import Monitoring

/// Maintenance as the templates read it.
enum MaintenanceView {
    static func row(_ window: MaintenanceWindow, names: [SiteID: String], now: Timestamp) -> View {
        let phase = window.phase(at: now)
        let next = window.next(2, at: now)
        let upcoming = phase == .active ? next.dropFirst().first : next.first
        return [
            "id": window.id.description,
            "title": window.settings.title,
            "description": window.settings.description,
            "summary": window.settings.schedule.sentence,
            "scope": scope(window.settings.scope, names: names),
            "isActive": phase == .active,
            // The colours and icons are those of the sites' states.
            "state": phase == .active ? "maintenance" : phase == .upcoming ? "pending" : "paused",
            "icon": phase == .active ? "maintenance" : phase == .upcoming ? "pending" : "up",
            "stateWord": phase == .active ? "Active" : phase == .upcoming ? "Upcoming" : "Ended",
            "until": phase == .active ? next.first.map { SiteView.time($0.upperBound) } : nil,
            "next": upcoming.map { SiteView.time($0.lowerBound) },
        ]
    }

    /// Which sites are meant, a few of them by their names.
    static func scope(_ scope: MaintenanceScope, names: [SiteID: String]) -> String {
        if scope.all { return "all sites" }
        let shown = scope.sites.prefix(5).map { names[$0] ?? "deleted site \($0)" }
        let rest = scope.sites.count - shown.count
        let more = rest > 0 ? ["\(rest) more"] : []
        let tags = scope.tags.isEmpty ? [] : ["sites tagged " + scope.tags.joined(separator: ", ")]
        return (shown + more + tags).joined(separator: ", ")
    }

    /// An occurrence by the clocks of its zone.
    static func span(_ span: Range<Timestamp>, in zone: IANAZone) -> String {
        let (begin, end) = (zone.wall(at: span.lowerBound), zone.wall(at: span.upperBound))
        return "\(begin.date) \(begin.clock) to \(end.date == begin.date ? "" : "\(end.date) ")\(end.clock)"
    }

    /// What a site's page says while the site is in maintenance; nil while it is not.
    static func banner(of overview: SiteOverview, _ store: any MaintenanceStore, now: Timestamp) async throws -> View? {
        guard overview.status == .maintenance else { return nil }
        let active = try await store.windows(MaintenanceQuery(limit: 100, phase: .active)).items.filter {
            $0.settings.scope.covers(overview.site.id, tags: overview.site.settings.tags)
        }
        let ends = active.compactMap { window in
            window.next(1, at: now).first.map { (title: window.settings.title, end: $0.upperBound) }
        }
        guard let last = ends.max(by: { $0.end < $1.end }) else { return nil }
        return ["title": last.title, "until": SiteView.time(last.end)]
    }
}
