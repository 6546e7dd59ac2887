internal import Monitoring
internal import Notifications

/// What has to be changed for a server to be as a file says.
struct ManifestPlan {
    private let manifest: Manifest
    private let prunes: Bool

    /// Prepares a plan.
    ///
    /// - Parameters:
    ///   - manifest: What the file says.
    ///   - prunes: Whether what the file does not name is removed.
    init(_ manifest: Manifest, prunes: Bool) {
        self.manifest = manifest
        self.prunes = prunes
    }

    /// The changes in the order in which they are to be made.
    ///
    /// - Throws: ``ManifestError`` with all that is wrong with the file; ``CommandError``.
    func changes(with client: ServerClient) async throws -> [ManifestChange] {
        var changes: [ManifestChange] = []
        var problems = manifest.problems
        do {
            let rules = ManifestRules(defaultInterval: try await Self.defaultInterval(client))
            for section in manifest.sections {
                var difference = ManifestDifference(section, rules: rules, prunes: prunes)
                try await client.pages(section.kind.path, by: section.kind.cursor) { difference.compare($0) }
                difference.finish()
                changes += difference.changes
                problems += difference.problems
            }
            problems += try await problemsOfStatusPage(client)
        } catch let error as CommandError {
            // What is wrong with the file is known already, and has to be mended whether there is a server or not.
            guard manifest.source.hasProblems(beside: problems) else { throw error }
            throw manifest.source.error(problems)
        }
        guard !manifest.source.hasProblems(beside: problems) else { throw manifest.source.error(problems) }
        return changes
    }

    /// What is wrong with the status page, which may name sites of the file and those that stay on the server.
    private func problemsOfStatusPage(_ client: ServerClient) async throws -> [FieldProblem] {
        guard let page = manifest.statusPage else { return [] }
        let own = manifest.documents(of: .site).compactMap(ManifestKind.site.name)
        let isWhole = prunes && manifest.sections.contains { $0.kind == .site }
        let others = isWhole ? [:] : try await ManifestStatusPage.sites(with: client)
        return page.problems(sites: Set(own).union(others.values))
    }

    private static func defaultInterval(_ client: ServerClient) async throws -> Duration {
        let status = try await client.send(.get, ["v1", "status"])
        return status["interval"]?.string.flatMap { Duration(text: $0) } ?? .seconds(60)
    }
}
