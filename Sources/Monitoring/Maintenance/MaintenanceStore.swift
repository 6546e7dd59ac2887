/// The maintenance windows, and what follows from them for sites.
///
/// Every method may throw ``StoreError``; a change that throws has changed nothing. Each change is recorded with its
/// author, and shows in the states of the sites as it is committed.
package protocol MaintenanceStore: Sendable {
    /// Adds a window, which counts from now on.
    ///
    /// - Throws: `conflict` where there are ``MaintenanceLimits/windows`` that are not over.
    func add(_ settings: MaintenanceSettings, by author: Author) async throws -> MaintenanceWindow

    /// Replaces a window's settings from now on; what has been is left as it was.
    ///
    /// - Throws: `notFound`; `conflict` where a revision is given that is no longer the window's.
    func update(
        _ id: MaintenanceID,
        to settings: MaintenanceSettings,
        revision: Int?,
        by author: Author
    ) async throws -> MaintenanceWindow

    /// Ends the occurrence that is now; one that repeats goes on with the next.
    ///
    /// - Throws: `notFound`; `conflict` where none is now.
    func end(_ id: MaintenanceID, by author: Author) async throws -> MaintenanceWindow

    /// Takes a window away; what has been of it stays out of the uptime.
    ///
    /// - Throws: `notFound`.
    func remove(_ id: MaintenanceID, by author: Author) async throws

    /// The window, if there is one.
    func window(_ id: MaintenanceID) async throws -> MaintenanceWindow?

    /// A page of windows, newest first.
    func windows(_ query: MaintenanceQuery) async throws -> MaintenancePage

    /// What is, or will be, in force within a span, in order, at most so many; windows that were taken away are left out.
    func occurrences(from: Timestamp, to: Timestamp, limit: Int) async throws -> [MaintenanceOccurrence]

    /// When which sites are, and were, in maintenance within a span.
    func calendar(from: Timestamp, to: Timestamp) async throws -> MaintenanceCalendar

    /// Shows the sites in maintenance that are in it now, and no others.
    ///
    /// Several processes may do so at once. It costs two short reads where nothing has changed.
    /// - Returns: How many sites have gone into maintenance or come out of it.
    func showWindows() async throws -> Int
}

/// Bounds that keep what maintenance costs small.
package enum MaintenanceLimits {
    /// Windows that are not over.
    package static let windows = 500
    /// The longest that one occurrence may be.
    package static let duration = Duration.seconds(90 * 86_400)
}

/// Which windows to list.
package struct MaintenanceQuery: Sendable, Equatable {
    /// The last id of the page before.
    package var before: MaintenanceID?
    package var limit: Int
    package var phase: MaintenanceWindow.Phase?

    package init(before: MaintenanceID? = nil, limit: Int = 100, phase: MaintenanceWindow.Phase? = nil) {
        self.before = before
        self.limit = limit
        self.phase = phase
    }
}

/// A page of windows, and where the next begins.
package struct MaintenancePage: Sendable, Equatable {
    package let items: [MaintenanceWindow]
    /// What to pass as ``MaintenanceQuery/before`` for the next page; nil at the end.
    package let next: MaintenanceID?

    package init(items: [MaintenanceWindow], next: MaintenanceID?) {
        self.items = items
        self.next = next
    }
}
