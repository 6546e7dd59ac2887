package import Monitoring

/// Until when each kind of record is deleted, in Unix milliseconds.
package struct PurgePlan: Sendable {
    private static let auditRetention = Duration.seconds(365 * 86_400)
    /// How long a transition stays after it was sent, should the broker lose its last seconds.
    private static let keptAfterSending = Duration.seconds(3_600)

    /// Nothing goes before the next level has it.
    package let results: Int64
    private let levels: [Rollup: Int64]
    package let endedIncidents: Int64
    package let sentTransitions: Int64
    package let audit: Int64
    package let gaps: Int64
    /// Slots that ended without a result.
    package let closedSlots: Int64

    package init(_ retention: Retention, progress: RollupProgress, now: Timestamp) {
        results = min(Rollup.minute.span(of: (now - retention.raw).milliseconds), progress.through(.minute) ?? 0)
        // Minutes go by whole days: a day that a late result changes is made anew from all of its minutes or not at all.
        levels = [
            .minute: min(Rollup.day.span(of: (now - retention.minute).milliseconds), progress.through(.day) ?? 0),
            .hour: Rollup.day.span(of: (now - retention.hour).milliseconds),
            .day: Rollup.day.span(of: (now - retention.day).milliseconds),
        ]
        endedIncidents = (now - retention.day).milliseconds
        sentTransitions = (now - Self.keptAfterSending).milliseconds
        audit = (now - Self.auditRetention).milliseconds
        gaps = (now - retention.hour).milliseconds
        closedSlots = (now - retention.raw).milliseconds
    }

    /// Until when the rows of a level are deleted.
    package func rows(of level: Rollup) -> Int64 { levels[level] ?? 0 }
}
