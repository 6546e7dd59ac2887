package import Monitoring

/// When and for whom maintenance is, as the windows and their terms have it in their rows.
package struct MaintenancePlanFields: Sendable, Equatable {
    /// ``MaintenanceScope`` as JSON.
    package var scope = ""
    package var startAt: Int64 = 0
    package var durationMs: Int64 = 0
    package var zone = ""
    /// The rule as RFC 5545 writes it; nil for once.
    package var rule: String?

    package init() {}

    package init(_ scope: MaintenanceScope, _ schedule: MaintenanceSchedule) throws {
        self.scope = try StoredJSON.text(scope)
        startAt = schedule.start.milliseconds
        durationMs = schedule.duration.milliseconds
        zone = schedule.zone.name
        rule = schedule.rule?.text
    }

    /// What the row says.
    package func plan() throws -> (scope: MaintenanceScope, schedule: MaintenanceSchedule) {
        guard let zone = IANAZone(zone) else {
            throw StoreError(.unusable, "A maintenance window has the unknown time zone \(zone); update this tocsin.")
        }
        let rule: RecurrenceRule?
        do {
            rule = try self.rule.map { text throws(RecurrenceRule.Problem) in try RecurrenceRule(text) }
        } catch {
            throw StoreError(
                .unusable,
                "A maintenance window has the unknown rule \(self.rule ?? ""); update this tocsin.",
                cause: error
            )
        }
        return (
            try StoredJSON.value(from: scope),
            MaintenanceSchedule(
                start: Timestamp(milliseconds: startAt),
                duration: .milliseconds(durationMs),
                zone: zone,
                rule: rule
            )
        )
    }
}

/// A row of the maintenance windows.
package struct MaintenanceFields: Sendable, Equatable {
    package var id: Int64 = 0
    package var revision = 0
    package var title = ""
    package var description: String?
    package var plan = MaintenancePlanFields()
    package var countsFrom: Int64 = 0
    package var createdAt: Int64 = 0
    package var updatedAt: Int64 = 0

    package init() {}

    package init(_ window: MaintenanceWindow) throws {
        id = window.id.rawValue
        revision = window.revision
        title = window.settings.title
        description = window.settings.description
        plan = try MaintenancePlanFields(window.settings.scope, window.settings.schedule)
        countsFrom = window.countsFrom.milliseconds
        createdAt = window.createdAt.milliseconds
        updatedAt = window.updatedAt.milliseconds
    }

    /// The window as it is answered.
    package func window() throws -> MaintenanceWindow {
        let (scope, schedule) = try plan.plan()
        return MaintenanceWindow(
            id: MaintenanceID(rawValue: id),
            revision: revision,
            settings: MaintenanceSettings(title: title, description: description, scope: scope, schedule: schedule),
            countsFrom: Timestamp(milliseconds: countsFrom),
            createdAt: Timestamp(milliseconds: createdAt),
            updatedAt: Timestamp(milliseconds: updatedAt)
        )
    }
}

/// A row of the terms of maintenance windows.
package struct MaintenanceTermFields: Sendable, Equatable {
    package var fromAt: Int64 = 0
    package var untilAt: Int64 = 0
    package var plan = MaintenancePlanFields()

    package init() {}

    package init(_ term: MaintenanceTerm) throws {
        fromAt = term.from.milliseconds
        untilAt = term.until.milliseconds
        plan = try MaintenancePlanFields(term.scope, term.schedule)
    }

    /// The term as the calendar reads it.
    package func term() throws -> MaintenanceTerm {
        let (scope, schedule) = try plan.plan()
        return MaintenanceTerm(
            from: Timestamp(milliseconds: fromAt),
            until: Timestamp(milliseconds: untilAt),
            scope: scope,
            schedule: schedule
        )
    }
}
