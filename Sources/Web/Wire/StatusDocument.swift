internal import Monitoring
internal import Notifications

/// What `GET /v1/status` and `tocsin status` tell.
enum StatusDocument {
    static func json(_ status: SystemStatus, version: String, region: String, interval: Duration) -> JSON {
        .object([
            .init("version", .string(version)),
            .init("region", .string(region)),
            .init("interval", .string(interval.text)),
            .init("at", .string(status.at.rfc3339)),
            .init("regions", .array(status.regions.map(json))),
            .init("queue", status.queue.map(json) ?? .null),
            .init("sites", status.sites.map(json) ?? .null),
            .init("problems", .array(status.problems.map(JSON.string))),
        ])
    }

    /// Where every job of a region has gone.
    ///
    /// At rest: pushed = the sum of the ends + trimmed + waiting + held.
    private static func json(_ region: SystemStatus.RegionStatus) -> JSON {
        let counts = region.counts
        let ends = JobEnd.allCases.map { JSON.Member($0.rawValue, JSON(counts?.ends[$0] ?? 0)) }
        return .object([
            .init("region", .string(region.region)),
            .init("pushed", number(counts?.pushed)),
            .init("ends", counts == nil ? .null : .object(ends)),
            .init("trimmed", number(counts?.trimmed)),
            .init("missed", number(region.missed)),
            .init("waiting", number(counts?.waiting)),
            .init("held", number(counts?.held)),
            .init("workers", number(counts?.workers)),
            .init("leader", JSON(counts?.leader)),
            .init("mark", counts?.mark.map(json) ?? .null),
        ])
    }

    /// How far the schedule is pushed.
    private static func json(_ mark: Mark) -> JSON {
        .object([
            .init("from", .string(mark.from.rfc3339)),
            .init("through", .string(mark.through.rfc3339)),
            .init("complete", .bool(mark.position == nil)),
            .init("count", JSON(mark.count)),
        ])
    }

    private static func json(_ queue: QueueCounts) -> JSON {
        .object([
            .init("waiting", JSON(queue.waiting)),
            .init("held", JSON(queue.held)),
            .init("scheduled", JSON(queue.scheduled)),
            .init("dead", JSON(queue.dead)),
            .init("discarded", JSON(queue.discarded)),
            .init("workers", JSON(queue.workers)),
            .init("lost", JSON(queue.lost)),
        ])
    }

    private static func json(_ sites: [SiteStatus: Int]) -> JSON {
        let counts = SiteStatus.allCases.map { JSON.Member($0.rawValue, JSON(sites[$0] ?? 0)) }
        return .object([.init("total", JSON(sites.values.reduce(0, +)))] + counts)
    }

    private static func number(_ value: Int?) -> JSON { value.map { JSON($0) } ?? .null }
}
