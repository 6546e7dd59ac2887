internal import Monitoring

/// What the public status page says at one moment.
struct StatusPage: Sendable {
    /// One line for all sites.
    enum Banner: String, Sendable {
        case operational
        case incident
        case degraded
        case partialOutage = "partial_outage"
        case majorOutage = "major_outage"
        case maintenance
        case unknown

        /// What the sites' states come to; paused ones and those that were not checked yet have no say.
        ///
        /// - Parameters:
        ///   - states: The sites' states.
        ///   - isReported: Whether an incident is open that a person reported.
        init(_ states: [SiteStatus], isReported: Bool = false) {
            let known = states.filter { $0 != .paused && $0 != .pending }
            let down = known.count { $0 == .down }
            let isMajor = down * 2 > known.count
            let order: [(Bool, Banner)] = [
                (isMajor, .majorOutage), (down > 0, .partialOutage), (isReported, .incident),
                (known.isEmpty, .unknown), (known.contains(.degraded), .degraded),
                (known.contains(.maintenance), .maintenance), (known.contains(.unknown), .unknown),
            ]
            self = order.first { $0.0 }?.1 ?? .operational
        }
    }

    struct Line: Sendable, Equatable {
        let standing: SiteStanding
        let name: String
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

    let at: Timestamp
    let title: String
    let description: String?
    let feedKey: String
    let groups: [Group]
    /// Incidents that go on, the newest first.
    let open: [PublicIncident]
    /// Incidents that ended a short while ago, the newest first.
    let ended: [PublicIncident]
    /// Work that goes on or is announced, the next first.
    let maintenance: [PublicMaintenance]
    /// Whether no site may be shown to strangers.
    let isHidden: Bool

    var lines: [Line] { groups.flatMap(\.lines) }

    var banner: Banner {
        Banner(lines.map(\.standing.status), isReported: open.contains { $0.kind == .manual })
    }
}

/// The incidents that began in one month.
struct StatusHistory: Sendable {
    let month: StatusMonth
    let title: String
    /// The newest first.
    let incidents: [PublicIncident]
    /// Whether there were more than are shown.
    let isCut: Bool
    let newer: StatusMonth?
    let older: StatusMonth?
    let isHidden: Bool
}
