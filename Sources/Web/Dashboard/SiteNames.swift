internal import Monitoring
internal import Notifications

extension SiteStore {
    /// How many sites one field of a form may name that it does not have already.
    private static var mostNamed: Int { 100 }

    /// The sites of names or ids, as people write them one a line.
    ///
    /// - Parameters:
    ///   - texts: What is on the lines.
    ///   - known: Sites that the form had already, by what it called them.
    ///   - pointer: Where the list is in the document.
    /// - Returns: The sites in the order of the lines.
    /// - Throws: ``Problem`` 422 with those that there are not.
    func ids(
        named texts: [String],
        known: [String: SiteID] = [:],
        at pointer: String = "/sites"
    ) async throws -> [SiteID] {
        guard texts.count(where: { known[$0] == nil }) <= Self.mostNamed else {
            throw Problem.invalid([
                FieldProblem(pointer: pointer, detail: "Are more than \(Self.mostNamed); give them a tag instead.")
            ])
        }
        var ids: [SiteID] = []
        var problems: [FieldProblem] = []
        for (index, text) in texts.enumerated() {
            if let id = known[text] {
                ids.append(id)
            } else if let site = try await site(named: text) {
                ids.append(site.id)
            } else if let id = SiteID(text), try await site(id) != nil {
                ids.append(id)
            } else {
                let shown = String(text.prefix(80))
                problems.append(FieldProblem(pointer: "\(pointer)/\(index)", detail: "There is no site \"\(shown)\"."))
            }
        }
        if !problems.isEmpty { throw Problem.invalid(problems) }
        return ids
    }

    /// Sites by what a form calls them: their names; those that are deleted go by their ids.
    func known(_ ids: [SiteID]) async throws -> [String: SiteID] {
        let names = try await names(of: ids)
        return Dictionary(ids.map { (names[$0] ?? $0.description, $0) }) { first, _ in first }
    }

    /// The names of sites, in one query.
    func names(of ids: some Sequence<SiteID>) async throws -> [SiteID: String] {
        let ids = Set(ids).sorted()
        guard !ids.isEmpty else { return [:] }
        return Dictionary(try await sites(ids).map { ($0.id, $0.settings.name) }) { first, _ in first }
    }
}

extension String {
    /// What is on each line, without empty ones.
    var filledLines: [String] { split(whereSeparator: \.isNewline).map(\.trimmingSpaces).filter { !$0.isEmpty } }

    /// What is between commas, without what is empty.
    var commaSeparated: [String] { split(separator: ",").map(\.trimmingSpaces).filter { !$0.isEmpty } }
}
