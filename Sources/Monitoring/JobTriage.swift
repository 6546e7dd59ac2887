/// What a worker does with a job, decided without I/O.
enum JobTriage: Sendable, Equatable {
    /// End it without a check.
    case end(JobEnd)
    /// Check a registered site and record the result.
    case check(Site)
    /// Check a foreign producer's URL with default settings; there is nowhere to record it.
    case checkForeign(ProbeTarget)

    /// Decides on a job, of which `site` is the registered site, if there is one.
    ///
    /// A job older than its site's interval is expired: a late check answers yesterday's question.
    static func decide(_ held: HeldJob, site: Site?, now: Timestamp, defaultInterval: Duration) -> JobTriage {
        guard let site else {
            guard held.job.revision == nil else { return .end(.skipped) }
            guard now - held.slot < defaultInterval else { return .end(.expired) }
            let settings = SiteSettings(url: held.job.url)
            return .checkForeign(ProbeTarget(settings: settings, timeout: min(.seconds(10), defaultInterval)))
        }
        if site.settings.paused { return .end(.skipped) }
        guard now - held.slot < site.interval else { return .end(.expired) }
        return .check(site)
    }
}
