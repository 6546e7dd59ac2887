/// What a user says of a maintenance window.
package struct MaintenanceSettings: Sendable, Equatable {
    package var title: String
    /// What the public may read of it.
    package var description: String?
    package var scope: MaintenanceScope
    package var schedule: MaintenanceSchedule

    package init(title: String, description: String? = nil, scope: MaintenanceScope, schedule: MaintenanceSchedule) {
        self.title = title
        self.description = description
        self.scope = scope
        self.schedule = schedule
    }
}
