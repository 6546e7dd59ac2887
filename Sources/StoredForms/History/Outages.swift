package import Monitoring

/// Downtime without what lies in maintenance, from the rows of incidents.
package struct Outages: Sendable {
    private var spans: [SiteID: [Range<Timestamp>]] = [:]

    package init() {}

    /// Adds an incident; one that is open lasts until the end of any span.
    package mutating func add(site: Int64, startedAt: Int64, endedAt: Int64?) {
        let start = Timestamp(milliseconds: startedAt)
        let end = endedAt.map { Timestamp(milliseconds: $0) } ?? MaintenanceTerm.endless
        spans[SiteID(rawValue: site), default: []].append(start..<max(start, end))
    }

    /// The availability of a site over a span, leaving out its maintenance, whose spans are in order and apart.
    package func uptime(of site: SiteID, in span: Range<Timestamp>, except maintenance: [Range<Timestamp>]) -> Uptime {
        let outages = spans[site] ?? []
        let downtime = outages.reduce(Int64(0)) { sum, outage in
            let part = outage.clamped(to: span)
            return sum + (part.upperBound - part.lowerBound).milliseconds - maintenance.milliseconds(in: part)
        }
        return Uptime(
            from: span.lowerBound,
            to: span.upperBound,
            downtime: .milliseconds(downtime),
            maintenance: .milliseconds(maintenance.milliseconds(in: span)),
            incidents: outages.count
        )
    }
}
