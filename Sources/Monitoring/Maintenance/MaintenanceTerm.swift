/// A span in which a window was, or is, as it was written then.
///
/// A change begins a new term and leaves the earlier ones alone, so that the past stays what it was.
package struct MaintenanceTerm: Sendable, Equatable {
    /// The end of what has none.
    package static let endless = Timestamp(milliseconds: 253_402_300_799_999)

    package let from: Timestamp
    package let until: Timestamp
    package let scope: MaintenanceScope
    package let schedule: MaintenanceSchedule

    package init(from: Timestamp, until: Timestamp, scope: MaintenanceScope, schedule: MaintenanceSchedule) {
        self.from = from
        self.until = until
        self.scope = scope
        self.schedule = schedule
    }

    /// The term of a window from now on.
    package init(of settings: MaintenanceSettings, from moment: Timestamp) {
        self.init(
            from: moment,
            until: max(settings.schedule.end ?? Self.endless, moment),
            scope: settings.scope,
            schedule: settings.schedule
        )
    }

    /// The occurrences within a span, as far as this term has them, in order.
    package func occurrences(in span: Range<Timestamp>) -> [Range<Timestamp>] {
        let own = max(from, span.lowerBound)..<max(min(until, span.upperBound), from, span.lowerBound)
        guard !own.isEmpty else { return [] }
        return schedule.occurrences(in: own).map { $0.clamped(to: from..<until) }
    }
}
