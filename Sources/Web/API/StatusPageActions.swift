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
        if let expected, expected != old.revision { throw EntityTag.outdated("status page", now: old.revision) }
        let known = Set(old.settings?.groups.flatMap(\.sites) ?? [])
        let there = Set(try await sites.sites(Set(settings.groups.flatMap(\.sites)).sorted()).map(\.id))
        let problems = settings.groups.enumerated().flatMap { place, group in
            group.sites.enumerated().filter { !there.contains($1) && !known.contains($1) }.map { index, id in
                FieldProblem(pointer: "/groups/\(place)/sites/\(index)", detail: "There is no site \(id).")
            }
        }
        if !problems.isEmpty { throw Problem.invalid(problems) }
        do {
            return try await store.choose(settings, revision: expected, by: author)
        } catch let error as StoreError where error.code == .conflict {
            throw EntityTag.outdated("status page", now: try await store.choice().revision)
        }
    }
}
