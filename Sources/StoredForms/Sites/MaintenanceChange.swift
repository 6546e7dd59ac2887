package import Monitoring

/// Decides what a change of a window comes to, so that every engine keeps windows alike.
package struct MaintenanceChange: Sendable, Equatable {
    /// The window as it is from now on.
    package let window: MaintenanceWindow
    /// Whether the terms that are in force end now.
    package let endsTerms: Bool
    /// The term that begins, unless there is nothing more to come.
    package let term: MaintenanceTerm?

    /// - Throws: `conflict` where there is no room for one more.
    package static func checkRoom(_ open: Int) throws(StoreError) {
        guard open < MaintenanceLimits.windows else {
            throw StoreError(
                .conflict,
                "There are \(open) maintenance windows that are not over, which is the most; remove some."
            )
        }
    }

    /// - Throws: `conflict` where a revision is given that is no longer the window's.
    package static func check(_ revision: Int?, of window: MaintenanceWindow) throws(StoreError) {
        guard let revision, revision != window.revision else { return }
        throw StoreError(
            .conflict,
            "The maintenance \(window.id) was changed meanwhile (revision \(window.revision), not \(revision)); "
                + "read it again."
        )
    }

    /// What is thrown of a window that is not there.
    package static func notFound(_ id: MaintenanceID) -> StoreError {
        StoreError(.notFound, "There is no maintenance \(id).")
    }

    /// A new window; its number comes from the engine.
    package static func adding(_ settings: MaintenanceSettings, id: MaintenanceID, now: Timestamp) -> Self {
        let window = MaintenanceWindow(
            id: id,
            revision: 1,
            settings: settings,
            countsFrom: now,
            createdAt: now,
            updatedAt: now
        )
        return Self(window: window, endsTerms: false, term: MaintenanceTerm(of: settings, from: now))
    }

    /// Other settings, which hold from now on; nil where they are what they were.
    package static func updating(_ old: MaintenanceWindow, to settings: MaintenanceSettings, now: Timestamp) -> Self? {
        guard settings != old.settings else { return nil }
        guard settings.schedule != old.settings.schedule || settings.scope != old.settings.scope else {
            return Self(window: old.changed(settings, from: old.countsFrom, now), endsTerms: false, term: nil)
        }
        // An occurrence that was ended stays so.
        let from = max(now, old.countsFrom)
        let window = old.changed(settings, from: from, now)
        return Self(window: window, endsTerms: true, term: MaintenanceTerm(of: settings, from: from))
    }

    /// The end of what is now.
    package static func ending(_ old: MaintenanceWindow, now: Timestamp) throws(StoreError) -> Self {
        let current = old.next(20, at: now).filter { $0.lowerBound <= now }
        guard old.countsFrom <= now, let end = current.map(\.upperBound).max() else {
            throw StoreError(.conflict, "The maintenance \(old.id) is not active now, so there is nothing to end.")
        }
        var settings = old.settings
        guard settings.schedule.rule == nil else {
            return Self(
                window: old.changed(settings, from: end, now),
                endsTerms: true,
                term: MaintenanceTerm(of: settings, from: end)
            )
        }
        settings.schedule.duration = max(now - settings.schedule.start, .milliseconds(1))
        return Self(window: old.changed(settings, from: old.countsFrom, now), endsTerms: true, term: nil)
    }
}

extension MaintenanceWindow {
    fileprivate func changed(_ settings: MaintenanceSettings, from moment: Timestamp, _ now: Timestamp) -> Self {
        Self(
            id: id,
            revision: revision + 1,
            settings: settings,
            countsFrom: moment,
            createdAt: createdAt,
            updatedAt: now
        )
    }
}

extension MaintenanceOccurrence {
    /// The occurrences of windows within a span, in order, at most so many.
    package static func list(
        of windows: [MaintenanceWindow],
        in span: Range<Timestamp>,
        limit: Int
    ) -> [Self] {
        let all = windows.flatMap { window in
            MaintenanceTerm(of: window.settings, from: window.countsFrom).occurrences(in: span).map { occurrence in
                Self(
                    window: window.id,
                    title: window.settings.title,
                    description: window.settings.description,
                    scope: window.settings.scope,
                    from: occurrence.lowerBound,
                    to: occurrence.upperBound
                )
            }
        }
        return Array(all.sorted { ($0.from, $0.window) < ($1.from, $1.window) }.prefix(max(limit, 0)))
    }
}
