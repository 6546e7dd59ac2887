/// Makes one attempt at one kind of site.
package protocol Probe: Sendable {
    /// Checks the site once, within its timeout.
    ///
    /// Never throws: whatever goes wrong with the site is in the observation. Cancellation ends it early with an
    /// observation that the caller must not record.
    func check(_ target: ProbeTarget) async -> Observation
}

/// What a probe needs to know of a site.
package struct ProbeTarget: Sendable, Equatable {
    package let settings: SiteSettings
    package let timeout: Duration

    package init(settings: SiteSettings, timeout: Duration) {
        self.settings = settings
        self.timeout = timeout
    }

    package init(_ site: Site) {
        self.init(settings: site.settings, timeout: site.timeout)
    }
}
