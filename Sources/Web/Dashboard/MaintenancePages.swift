internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/maintenance` of the dashboard: the windows, and the form that plans one.
struct MaintenancePages: Sendable {
    let actions: MaintenanceActions
    let pages: PageRenderer

    /// How many windows that are over the page shows.
    private static let endedCount = 20
    /// How many sites a form may name.
    private static let mostSites = 100

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/maintenance", .page) { try await page($0, $1) },
            Endpoint(.post, "/maintenance", .action, add),
            Endpoint(.post, "/maintenance/{id}/end", .action, end),
            Endpoint(.post, "/maintenance/{id}/delete", .action, remove),
        ]
    }

    private func page(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        return try await page(MaintenanceForm.view([:]), context)
    }

    private func page(
        _ form: View,
        _ context: WebContext,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let now = actions.time.now()
        var windows: [MaintenanceWindow] = []
        for (phase, limit) in [(.active, 100), (.upcoming, 100), (.ended, Self.endedCount)]
            as [(MaintenanceWindow.Phase, Int)]
        {
            windows += try await actions.store.windows(MaintenanceQuery(limit: limit, phase: phase)).items
        }
        let names = try await names(of: windows)
        let view = form.adding(["windows": windows.map { MaintenanceView.row($0, names: names, now: now) }])
        return pages.page(
            "maintenance",
            title: "Maintenance",
            section: .maintenance,
            for: context,
            view,
            status: status
        )
    }

    // MARK: Forms

    private func add(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request)
        let values = MaintenanceForm.values(of: form)
        do {
            let document = MaintenanceForm.document(values, sites: try await sites(MaintenanceForm.sites(values)))
            if form.isOn("preview") { return try await preview(document, values, context) }
            _ = try await actions.add(document, by: context.visitor.author)
            return .redirect(to: "/maintenance", type: .normal)
        } catch let problem as Problem where !problem.errors.isEmpty {
            return try await page(
                MaintenanceForm.view(values, problems: problem.errors),
                context,
                status: .unprocessableContent
            )
        } catch let error as StoreError where error.code == .conflict {
            let problems = [FieldProblem(pointer: "", detail: error.message)]
            return try await page(MaintenanceForm.view(values, problems: problems), context, status: .conflict)
        }
    }

    /// The page with what the form would add, which is not added.
    private func preview(
        _ document: JSON,
        _ values: [String: String],
        _ context: WebContext
    ) async throws -> Response {
        let now = actions.time.now()
        let settings = try MaintenanceDocument.settings(from: document, now: now).orProblem()
        let sites = try await actions.sites.sites(settings.scope.sites)
        let names = Dictionary(sites.map { ($0.id, $0.settings.name) }) { first, _ in first }
        let view: View = [
            "preview": [
                "summary": settings.schedule.sentence,
                "scope": MaintenanceView.scope(settings.scope, names: names),
                "occurrences": settings.schedule.next(5, after: now).map {
                    MaintenanceView.span($0, in: settings.schedule.zone)
                },
            ] as View
        ]
        return try await page(MaintenanceForm.view(values).adding(view), context)
    }

    private func end(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await actions.store.end(context.id("maintenance"), by: context.visitor.author)
        return .redirect(to: "/maintenance", type: .normal)
    }

    private func remove(_ request: Request, _ context: WebContext) async throws -> Response {
        try await actions.store.remove(context.id("maintenance"), by: context.visitor.author)
        return .redirect(to: "/maintenance", type: .normal)
    }

    // MARK: Sites

    /// The sites of names or ids.
    ///
    /// - Throws: ``Problem`` 422 with those that there are not.
    private func sites(_ texts: [String]) async throws -> [SiteID] {
        guard texts.count <= Self.mostSites else {
            throw Problem.invalid([
                FieldProblem(pointer: "/sites", detail: "Are more than \(Self.mostSites); give them a tag instead.")
            ])
        }
        var ids: [SiteID] = []
        var problems: [FieldProblem] = []
        for (index, text) in texts.enumerated() {
            if let site = try await actions.sites.site(named: text) {
                ids.append(site.id)
            } else if let id = SiteID(text), try await actions.sites.site(id) != nil {
                ids.append(id)
            } else {
                let shown = String(text.prefix(80))
                problems.append(FieldProblem(pointer: "/sites/\(index)", detail: "There is no site \"\(shown)\"."))
            }
        }
        if !problems.isEmpty { throw Problem.invalid(problems) }
        return ids
    }

    /// The names of all sites that windows list, in one query.
    private func names(of windows: [MaintenanceWindow]) async throws -> [SiteID: String] {
        let ids = Set(windows.flatMap(\.settings.scope.sites)).sorted()
        return Dictionary(try await actions.sites.sites(ids).map { ($0.id, $0.settings.name) }) { first, _ in first }
    }
}
