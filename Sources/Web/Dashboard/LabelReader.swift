internal import Monitoring

/// Reads the tags and groups that there are, at most once in a few seconds: it costs a walk over all sites.
actor LabelReader {
    private static let lifetime = Duration.seconds(10)

    private let sites: any SiteStore
    private let time: any TimeSource
    private var latest: (labels: SiteLabels, until: Timestamp)?

    init(sites: any SiteStore, time: any TimeSource) {
        self.sites = sites
        self.time = time
    }

    func labels() async throws -> SiteLabels {
        let now = time.now()
        if let latest, now < latest.until { return latest.labels }
        let labels = try await sites.labels()
        latest = (labels, now + Self.lifetime)
        return labels
    }
}
