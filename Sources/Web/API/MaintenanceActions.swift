internal import HTTPTypes
internal import Monitoring
internal import Notifications

/// What can be done with maintenance windows, by the API and by the dashboard alike.
struct MaintenanceActions: Sendable {
    let store: any MaintenanceStore
    let sites: any SiteStore
    let time: any TimeSource

    init(_ dependencies: WebDependencies) {
        store = dependencies.maintenance
        sites = dependencies.sites
        time = dependencies.time
    }

    /// - Throws: ``Problem`` 422 with all that is wrong; ``StoreError``.
    func add(_ json: JSON, by author: Author) async throws -> MaintenanceWindow {
        let settings = try MaintenanceDocument.settings(from: json, now: time.now()).orProblem()
        try await sites.requireAll(settings.scope.sites)
        return try await store.add(settings, by: author)
    }

    /// Changes a window by a merge patch.
    ///
    /// - Parameters:
    ///   - window: As it was read.
    ///   - patch: How.
    ///   - expected: The revision that the client changes, where it names one.
    ///   - author: Who asks.
    /// - Returns: The window as it is now.
    /// - Throws: ``Problem`` 409 or 412 where it was changed meanwhile, 422 with all that is wrong; ``StoreError``.
    func change(
        _ window: MaintenanceWindow,
        by patch: JSON,
        expected: Int?,
        author: Author
    ) async throws -> MaintenanceWindow {
        let settings = try MaintenanceDocument.settings(of: window, patchedWith: patch, now: time.now()).orProblem()
        let known = Set(window.settings.scope.sites)
        try await sites.requireAll(settings.scope.sites, except: known)
        try EntityTag.require(expected, of: "maintenance", now: window.revision)
        do {
            return try await store.update(window.id, to: settings, revision: window.revision, by: author)
        } catch let error as StoreError where error.code == .conflict {
            guard let now = try await store.window(window.id), now.revision != window.revision else { throw error }
            if expected != nil { throw EntityTag.outdated("maintenance", now: now.revision) }
            throw Problem(
                .conflict,
                "The maintenance was changed at the same moment; read it again and repeat the change."
            )
        }
    }
}
