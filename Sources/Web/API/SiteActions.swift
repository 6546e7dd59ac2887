internal import HTTPTypes
internal import Logging
internal import Monitoring
internal import Notifications

/// What can be done with sites, by the API and by the dashboard alike.
struct SiteActions: Sendable {
    let sites: any SiteStore
    let streams: [any JobStream]
    let time: any TimeSource
    let defaultInterval: Duration
    let logger: Logger
    /// Of handing over a check, which nobody is to wait for long.
    private let limit: TimeLimit

    init(_ dependencies: WebDependencies, logger: Logger) {
        sites = dependencies.sites
        streams = dependencies.streams
        time = dependencies.time
        defaultInterval = dependencies.defaultInterval
        self.logger = logger
        limit = TimeLimit(.seconds(1), on: dependencies.time)
    }

    func add(_ settings: [SiteSettings], by author: Author) async throws -> [Site] {
        let added = try await sites.add(settings, by: author)
        await checkSoon(added)
        return added
    }

    /// Adds or changes sites by their names; what has changed is left to the schedule, since there may be very many.
    func upsert(_ settings: [SiteSettings], by author: Author) async throws -> (sites: [Site], added: Int) {
        try await sites.upsert(settings, by: author)
    }

    /// Replaces a site's settings.
    ///
    /// - Parameters:
    ///   - site: As it was read.
    ///   - settings: What it shall be.
    ///   - isConditional: Whether the client named the revision that it changes.
    ///   - author: Who asks.
    /// - Returns: The site as it is now.
    /// - Throws: ``Problem`` 409 or 412 where it was changed meanwhile; ``StoreError``.
    func change(_ site: Site, to settings: SiteSettings, isConditional: Bool, by author: Author) async throws -> Site {
        guard settings != site.settings else { return site }
        do {
            let changed = try await sites.update(site.id, to: settings, revision: site.revision, by: author)
            await checkSoon([changed])
            return changed
        } catch let error as StoreError where error.code == .conflict {
            guard let now = try await sites.site(site.id), now.revision != site.revision else { throw error }
            if isConditional { throw EntityTag.outdated("site", now: now.revision) }
            throw Problem(.conflict, "The site was changed at the same moment; read it again and repeat the change.")
        }
    }

    /// Hands a job for each region of the site that this process has a stream of.
    ///
    /// - Returns: The regions.
    /// - Throws: ``Problem`` 409 where the site is paused or no region can be reached; ``JobStreamError``.
    func check(_ site: Site) async throws -> [String] {
        guard !site.settings.paused else {
            throw Problem(.conflict, "The site is paused; set paused to false to have it checked.")
        }
        let own = streams.filter { site.settings.regions.contains($0.region) }
        guard !own.isEmpty else {
            let regions = site.settings.regions.joined(separator: ", ")
            throw Problem(.conflict, "This server hands out no checks for the site's regions (\(regions)).")
        }
        for stream in own { try await stream.add([job(site)]) }
        return own.map(\.region)
    }

    /// Has sites that were added or changed checked at once.
    ///
    /// The change itself stands already, and the schedule comes round to it anyway,
    /// so that a stream that can't be reached is no reason to call it failed.
    private func checkSoon(_ sites: [Site]) async {
        for stream in streams {
            let jobs = sites.filter { !$0.settings.paused && $0.settings.regions.contains(stream.region) }.map(job)
            if jobs.isEmpty { continue }
            do {
                try await limit.run { try await stream.add(jobs) }
            } catch {
                logger.warning(
                    "A changed site waits for its schedule, since the stream can't be reached",
                    metadata: ["region": "\(stream.region)", "sites": "\(jobs.count)", "error": "\(error)"]
                )
            }
        }
    }

    private func job(_ site: Site) -> CheckJob {
        CheckJob(
            websiteID: site.id.description,
            url: site.settings.url,
            slot: time.now(),
            revision: site.revision
        )
    }
}
