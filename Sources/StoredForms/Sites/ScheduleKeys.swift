package import Monitoring

/// What places a site in the schedule: a row a region, none while it is paused.
package struct ScheduleKeys: Sendable, Equatable {
    package let regions: Set<String>
    package let intervalMs: Int64
    package let phaseMs: Int64

    package init(of site: Site) {
        regions = site.settings.paused ? [] : Set(site.settings.regions)
        intervalMs = site.interval.milliseconds
        phaseMs = Phase.of(site.id, interval: site.interval).milliseconds
    }
}
