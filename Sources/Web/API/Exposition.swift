internal import Monitoring
internal import Notifications

/// The numbers of ``SystemStatus`` in Prometheus' text format, version 0.0.4.
///
/// Written by hand, since no library for it can be had; the labels are bounded: regions, ends and states alone.
struct Exposition {
    private var text = ""

    static func text(_ status: SystemStatus, version: String) -> String {
        var page = Exposition()
        page.family("tocsin_build_info", .gauge, "The version that runs.", [(["version": version], 1)])
        page.addStreams(status)
        page.addQueue(status)
        let sites = status.sites.map { counts in
            SiteStatus.allCases.map { (["state": $0.rawValue], Double(counts[$0] ?? 0)) }
        }
        page.family("tocsin_sites", .gauge, "Registered sites by state.", sites ?? [])
        page.addReachability(status)
        return page.text
    }

    private mutating func addStreams(_ status: SystemStatus) {
        func each(_ value: (StreamCounts) -> Int?) -> [([String: String], Double)] {
            status.regions.compactMap { region in
                region.counts.flatMap(value).map { (["region": region.region], Double($0)) }
            }
        }
        family("tocsin_jobs_pushed_total", .counter, "Check jobs that were ever added to the stream.", each(\.pushed))
        let ends = status.regions.flatMap { region in
            JobEnd.allCases.compactMap { end in
                region.counts.map { (["region": region.region, "end": end.rawValue], Double($0.ends[end] ?? 0)) }
            }
        }
        family("tocsin_jobs_ended_total", .counter, "Check jobs that ended, by how.", ends)
        family("tocsin_jobs_trimmed_total", .counter, "Check jobs that a full stream lost.", each(\.trimmed))
        let missed = status.regions.compactMap { region in
            region.missed.map { (["region": region.region], Double($0)) }
        }
        family("tocsin_slots_missed_total", .counter, "Due slots that were never pushed.", missed)
        family("tocsin_jobs_waiting", .gauge, "Check jobs that no worker has yet.", each(\.waiting))
        family("tocsin_jobs_held", .gauge, "Check jobs in the hands of workers.", each(\.held))
        family("tocsin_monitor_workers", .gauge, "Workers in the region's group.", each(\.workers))
        family("tocsin_leader", .gauge, "Whether a pusher leads the region.", each { $0.leader == nil ? 0 : 1 })
        let through = status.regions.compactMap { region in
            region.counts?.mark.map { (["region": region.region], Double($0.through.milliseconds) / 1_000) }
        }
        family(
            "tocsin_schedule_pushed_through_timestamp_seconds",
            .gauge,
            "The time that the schedule is pushed through.",
            through
        )
    }

    private mutating func addQueue(_ status: SystemStatus) {
        guard let queue = status.queue else { return }
        family("tocsin_events_waiting", .gauge, "Events that no notifier has yet.", [([:], Double(queue.waiting))])
        family(
            "tocsin_events_held",
            .gauge,
            "Events and deliveries in the hands of notifiers.",
            [([:], Double(queue.held))]
        )
        family(
            "tocsin_deliveries_scheduled",
            .gauge,
            "Deliveries that wait for their time.",
            [([:], Double(queue.scheduled))]
        )
        family("tocsin_dead_letters", .gauge, "Dead letters that are kept.", [([:], Double(queue.dead))])
        family(
            "tocsin_dead_letters_discarded_total",
            .counter,
            "Dead letters that were deleted.",
            [([:], Double(queue.discarded))]
        )
        family(
            "tocsin_events_lost_total",
            .counter,
            "Accepted events that the broker lost with its last moments.",
            [([:], Double(queue.lost))]
        )
        family("tocsin_notifier_workers", .gauge, "Notifiers that live.", [([:], Double(queue.workers))])
    }

    private mutating func addReachability(_ status: SystemStatus) {
        var parts: [([String: String], Double)] = [
            (["part": "sites"], status.sites == nil ? 0 : 1), (["part": "queue"], status.queue == nil ? 0 : 1),
        ]
        for region in status.regions {
            parts.append((["part": "stream:\(region.region)"], region.counts == nil ? 0 : 1))
        }
        family("tocsin_reachable", .gauge, "Whether a part could be read just now.", parts)
    }

    private enum Kind: String {
        case counter
        case gauge
    }

    private mutating func family(
        _ name: String,
        _ kind: Kind,
        _ help: String,
        _ samples: [([String: String], Double)]
    ) {
        if samples.isEmpty { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for (labels, value) in samples {
            let list = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }
            let number = value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
            text += "\(name)\(list.isEmpty ? "" : "{\(list.joined(separator: ","))}") \(number)\n"
        }
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
