internal import Monitoring
internal import Notifications
internal import Synchronization

/// How much is where, in every part at one moment.
struct SystemStatus: Sendable {
    /// One region's stream.
    struct RegionStatus: Sendable {
        let region: String
        /// Nil where the stream can't be reached.
        let counts: StreamCounts?
        /// Slots that were never pushed; nil where the database can't be reached.
        let missed: Int?
    }

    let regions: [RegionStatus]
    let queue: QueueCounts?
    let sites: [SiteStatus: Int]?
    /// What could not be read, in sentences.
    let problems: [String]
    let at: Timestamp
}

/// Reads the ``SystemStatus``, at most once a second however many ask: some of the numbers cost the engines a walk.
actor StatusReader {
    private static let lifetime = Duration.seconds(1)
    /// How long one part may take before it counts as unreachable.
    private static let longest = Duration.seconds(2)

    private let dependencies: WebDependencies
    private let limit: TimeLimit
    private var latest: SystemStatus?

    init(_ dependencies: WebDependencies) {
        self.dependencies = dependencies
        limit = TimeLimit(Self.longest, on: dependencies.time)
    }

    func status() async throws -> SystemStatus {
        let now = dependencies.time.now()
        if let latest, latest.at <= now, now < latest.at + Self.lifetime { return latest }
        let fresh = try await read(at: now)
        latest = fresh
        return fresh
    }

    private func read(at now: Timestamp) async throws -> SystemStatus {
        let dependencies = dependencies
        var problems: [String] = []
        var regions: [SystemStatus.RegionStatus] = []
        for stream in dependencies.streams {
            let region = stream.region
            let counts = await part("stream of \(region)", &problems) { try await stream.counts() }
            let missed = await part("missed slots of \(region)", &problems) {
                try await dependencies.schedule.missedSlots(region: region)
            }
            regions.append(SystemStatus.RegionStatus(region: region, counts: counts, missed: missed))
        }
        let queue = await part("queue", &problems) { try await dependencies.queue.counts() }
        let sites = await part("sites", &problems) { try await dependencies.sites.statusCounts() }
        try Task.checkCancellation()
        return SystemStatus(regions: regions, queue: queue, sites: sites, problems: problems, at: now)
    }

    /// One part's numbers; a part that can't be reached is named instead, and the others are told all the same.
    private func part<Value: Sendable>(
        _ name: String,
        _ problems: inout [String],
        _ read: @escaping @Sendable () async throws -> Value
    ) async -> Value? {
        do {
            return try await limit.run(read)
        } catch is TimeLimit.Exceeded {
            problems.append("\(name): no answer in \(Self.longest.text)")
        } catch {
            problems.append("\(name): \(Problem(error).detail)")
        }
        return nil
    }
}
