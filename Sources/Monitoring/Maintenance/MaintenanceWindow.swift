/// The number of a maintenance window.
package typealias MaintenanceID = Identifier<MaintenanceWindow>

/// Announced time in which sites are worked on: they are checked, nobody is alerted, and no uptime is counted.
package struct MaintenanceWindow: Sendable, Equatable, Identifiable {
    /// Where a window stands.
    package enum Phase: String, Sendable, CaseIterable {
        /// One of its occurrences is now.
        case active
        /// The next one is to come.
        case upcoming
        case ended
    }

    package let id: MaintenanceID
    /// Grows by one with every change.
    package let revision: Int
    package let settings: MaintenanceSettings
    /// Nothing of it counts from before this: it was not announced then, or was ended.
    package let countsFrom: Timestamp
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    package init(
        id: MaintenanceID,
        revision: Int,
        settings: MaintenanceSettings,
        countsFrom: Timestamp,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.revision = revision
        self.settings = settings
        self.countsFrom = countsFrom
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The occurrences that are not over at a moment, no farther ahead than ten years.
    package func next(_ count: Int, at moment: Timestamp) -> [Range<Timestamp>] {
        settings.schedule.next(count, after: max(moment, countsFrom))
    }

    package func phase(at moment: Timestamp) -> Phase {
        guard let first = next(1, at: moment).first else { return .ended }
        return max(first.lowerBound, countsFrom) <= moment ? .active : .upcoming
    }
}

/// One time that a window is, or was, in force.
package struct MaintenanceOccurrence: Sendable, Equatable {
    package let window: MaintenanceID
    package let title: String
    package let description: String?
    package let scope: MaintenanceScope
    package let from: Timestamp
    package let to: Timestamp

    package init(
        window: MaintenanceID,
        title: String,
        description: String?,
        scope: MaintenanceScope,
        from: Timestamp,
        to: Timestamp
    ) {
        self.window = window
        self.title = title
        self.description = description
        self.scope = scope
        self.from = from
        self.to = to
    }
}
