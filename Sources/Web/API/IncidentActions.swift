internal import HTTPTypes
internal import Monitoring
internal import Notifications

/// What can be done with incidents, by the API and by the dashboard alike.
struct IncidentActions: Sendable {
    let store: any IncidentStore
    private let monitoring: any MonitoringStore
    private let sites: any SiteStore

    init(_ dependencies: WebDependencies) {
        store = dependencies.incidents
        monitoring = dependencies.monitoring
        sites = dependencies.sites
    }

    /// - Throws: ``Problem`` 404.
    func found(_ id: IncidentID) async throws -> IncidentReport {
        guard let report = try await store.report(id) else { throw Problem.notFound("incident \(id)") }
        return report
    }

    /// Opens an incident.
    ///
    /// - Throws: ``Problem`` 422 with all that is wrong; ``StoreError``.
    func open(_ json: JSON, by author: Author) async throws -> IncidentReport {
        let opening = try IncidentDocument.opening(from: json).orProblem()
        try await sites.requireAll(opening.sites)
        return try await store.open(opening, by: author)
    }

    /// Adds an update.
    ///
    /// - Throws: ``Problem`` 422 with all that is wrong; ``StoreError``.
    func update(_ id: IncidentID, _ json: JSON, by author: Author) async throws -> IncidentReport {
        let message = try IncidentDocument.message(from: json).orProblem()
        return try await store.add(message, to: id, by: author)
    }

    /// Records that someone has seen it; who opened one has.
    func acknowledge(_ id: IncidentID, by author: Author) async throws -> IncidentReport {
        let report = try await found(id)
        guard case .site = report.subject else { return report }
        let incident = try await monitoring.acknowledge(id, by: author)
        return IncidentReport(subject: .site(incident), updates: report.updates)
    }
}

extension SiteStore {
    /// Expects all of some sites to be there.
    ///
    /// - Parameters:
    ///   - ids: The list `/sites` of a document.
    ///   - known: Those that may be gone.
    /// - Throws: ``Problem`` 422 with those that there are not.
    func requireAll(_ ids: [SiteID], except known: Set<SiteID> = []) async throws {
        try await requireAll(ids.enumerated().map { ("/sites/\($0)", $1) }, except: known)
    }

    /// Expects all of some sites to be there, each with its place in a document.
    func requireAll(_ placed: [(pointer: String, id: SiteID)], except known: Set<SiteID>) async throws {
        let there = Set(try await sites(Set(placed.map(\.id)).sorted()).map(\.id)).union(known)
        let problems = placed.filter { !there.contains($0.id) }.map { pointer, id in
            FieldProblem(pointer: pointer, detail: "There is no site \(id).")
        }
        if !problems.isEmpty { throw Problem.invalid(problems) }
    }
}
