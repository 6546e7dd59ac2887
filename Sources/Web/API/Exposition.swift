internal import Monitoring
internal import Notifications
internal import Telemetry

/// The numbers of ``SystemStatus`` as metrics; the labels are bounded: regions, ends and states alone.
struct Exposition {
    private(set) var page = ExpositionText()

    init(_ status: SystemStatus) {
        addStreams(status)
        addQueue(status)
        let sites = status.sites.map { counts in
            SiteStatus.allCases.map { MetricSample([$0.rawValue], Double(counts[$0] ?? 0)) }
        }
        page.add(.sites, sites ?? [])
        addReachability(status)
    }

    private mutating func addStreams(_ status: SystemStatus) {
        func each(_ value: (StreamCounts) -> Int?) -> [MetricSample] {
            status.regions.compactMap { region in
                region.counts.flatMap(value).map { MetricSample([region.region], Double($0)) }
            }
        }
        page.add(.jobsPushed, each(\.pushed))
        page.add(
            .jobsEnded,
            status.regions.flatMap { region in
                JobEnd.allCases.compactMap { end in
                    region.counts.map { MetricSample([end.rawValue, region.region], Double($0.ends[end] ?? 0)) }
                }
            }
        )
        page.add(.jobsTrimmed, each(\.trimmed))
        page.add(
            .slotsMissed,
            status.regions.compactMap { region in region.missed.map { MetricSample([region.region], Double($0)) } }
        )
        page.add(.jobsWaiting, each(\.waiting))
        page.add(.jobsHeld, each(\.held))
        page.add(
            .jobsOldestAge,
            status.regions.compactMap { region in
                region.counts.map { MetricSample([region.region], ($0.oldestAge ?? .zero).inSeconds) }
            }
        )
        page.add(.monitorWorkers, each(\.workers))
        page.add(.leader, each { $0.leader == nil ? 0 : 1 })
        page.add(
            .pushedThrough,
            status.regions.compactMap { region in
                region.counts?.mark.map { MetricSample([region.region], Double($0.through.milliseconds) / 1_000) }
            }
        )
    }

    private mutating func addQueue(_ status: SystemStatus) {
        guard let queue = status.queue else { return }
        func one(_ family: MetricFamily, _ value: Int) { page.add(family, [MetricSample([], Double(value))]) }
        one(.eventsWaiting, queue.waiting)
        if let oldest = queue.oldest {
            page.add(.eventsOldestAge, [MetricSample([], max(.zero, status.at - oldest).inSeconds)])
        } else if queue.waiting == 0 {
            one(.eventsOldestAge, 0)
        }
        one(.eventsHeld, queue.held)
        one(.deliveriesScheduled, queue.scheduled)
        one(.deadLetters, queue.dead)
        one(.deadLettersDiscarded, queue.discarded)
        one(.eventsLost, queue.lost)
        one(.notifierWorkers, queue.workers)
    }

    private mutating func addReachability(_ status: SystemStatus) {
        var parts = [
            MetricSample(["sites"], status.sites == nil ? 0 : 1), MetricSample(["queue"], status.queue == nil ? 0 : 1),
        ]
        for region in status.regions {
            parts.append(MetricSample(["stream:\(region.region)"], region.counts == nil ? 0 : 1))
        }
        page.add(.reachable, parts)
    }
}
