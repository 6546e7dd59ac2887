internal import Notifications

/// What has to be changed for a server to be as a file says.
struct ManifestPlan {
    private let manifest: Manifest
    private let file: String
    private let prunes: Bool

    /// Prepares a plan.
    ///
    /// - Parameters:
    ///   - manifest: What the file says.
    ///   - file: What the file is called in messages.
    ///   - prunes: Whether what the file does not name is removed.
    init(_ manifest: Manifest, file: String, prunes: Bool) {
        self.manifest = manifest
        self.file = file
        self.prunes = prunes
    }

    /// The changes, channels first, so that there is somebody to tell when the first site is checked.
    ///
    /// - Throws: ``ImportError`` where the file holds what the server would refuse; wrong input changes nothing.
    func changes(with client: ServerClient) async throws -> [ManifestChange] {
        try check(manifest.sites, ServerSiteRules(allowsHiddenHeaders: true))
        var changes: [ManifestChange] = []
        if manifest.hasChannels {
            var difference = ManifestDifference(.channel, manifest.channels, standard: Defaults.channel, prunes: prunes)
            try await client.pages(["v1", "channels"], by: .none) { changes += difference.changes($0) }
            let additions = difference.additions()
            try check(additions)
            changes += additions
        }
        if manifest.hasSites {
            var difference = ManifestDifference(.site, manifest.sites, standard: Defaults.site, prunes: prunes)
            try await client.pages(["v1", "sites"], by: .after) { changes += difference.changes($0) }
            let additions = difference.additions()
            try check(additions.compactMap(\.document), ServerSiteRules())
            changes += additions
        }
        return changes
    }

    private func check(_ sites: [JSON], _ rules: ServerSiteRules) throws {
        try fail(
            sites.flatMap { site -> [(String, FieldProblem)] in
                guard case .failure(let error) = rules.check(site) else { return [] }
                return error.problems.map { ("site \(Manifest.name(of: site) ?? "?")", $0) }
            }
        )
    }

    private func check(_ additions: [ManifestChange]) throws {
        try fail(
            additions.flatMap { addition -> [(String, FieldProblem)] in
                guard let document = addition.document else { return [] }
                return ServerChannelRules.problems(of: document).map { ("channel \(addition.name)", $0) }
            }
        )
    }

    private func fail(_ problems: [(record: String, problem: FieldProblem)]) throws {
        guard !problems.isEmpty else { return }
        let told = problems.prefix(SiteImport.mostProblems).map { record, problem in
            let place = problem.pointer.dropFirst().replacing("/", with: ".")
            return ImportProblem(
                line: nil,
                "has a mistake in \(record): \(place.isEmpty ? "" : "\(place): ")\(problem.detail)"
            )
        }
        throw ImportError(
            file: file,
            problems: told,
            isCut: told.count < problems.count,
            ending: "Nothing was changed; mend the file and apply it again."
        )
    }
}

extension ManifestChange {
    /// The document of an addition.
    var document: JSON? {
        guard case .add(let document) = action else { return nil }
        return document
    }
}
