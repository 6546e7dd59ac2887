internal import Monitoring
internal import Notifications

/// What can be done with the choice of what is published, by the API and by the dashboard alike.
struct StatusPageActions: Sendable {
    let store: any StatusStore
    let sites: any SiteStore

    init(_ dependencies: WebDependencies) {
        store = dependencies.status
        sites = dependencies.sites
    }

    /// Replaces the choice.
    ///
    /// - Parameters:
    ///   - json: What is to be published.
    ///   - expected: The revision that the change was made from, where the client named it.
    ///   - author: Who asks.
    /// - Returns: The choice as it is now.
    /// - Throws: ``Problem`` 412 where it was changed meanwhile, 422 with all that is wrong; ``StoreError``.
    func choose(_ json: JSON, expected: Int?, by author: Author) async throws -> StatusPageChoice {
        let settings = try StatusPageDocument.settings(from: json).orProblem()
        let old = try await store.choice()
        let known = Set(old.settings?.groups.flatMap(\.sites) ?? [])
        let named = settings.groups.enumerated().flatMap { place, group in
            group.sites.enumerated().map { ("/groups/\(place)/sites/\($0)", $1) }
        }
        try await sites.requireAll(named, except: known)
        try EntityTag.require(expected, of: "status page", now: old.revision)
        do {
            return try await store.choose(settings, revision: expected, by: author)
        } catch let error as StoreError where error.code == .conflict {
            throw EntityTag.outdated("status page", now: try await store.choice().revision)
        }
    }
}
