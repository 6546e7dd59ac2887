internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/maintenance` of the dashboard: the windows, and the forms that plan and change them.
struct MaintenancePages: Sendable {
    let actions: MaintenanceActions
    let pages: PageRenderer
    let fragments: FragmentReader

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/maintenance", .page, list),
            Endpoint(.post, "/maintenance", .action, add),
            Endpoint(.get, "/maintenance/{id}/edit", .page, edit),
            Endpoint(.post, "/maintenance/{id}/edit", .action, change),
            Endpoint(.post, "/maintenance/{id}/end", .action, end),
            Endpoint(.post, "/maintenance/{id}/delete", .action, remove),
        ]
    }

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        return try await page(.adding, MaintenanceForm.view([:]), context)
    }

    private func edit(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        let window = try await window(in: context)
        let names = try await actions.sites.names(of: window.settings.scope.sites)
        let values = MaintenanceForm.values(of: window, names: names)
        return try await page(.changing(window), MaintenanceForm.view(values), context)
    }

    // MARK: Forms

    /// What a form is for.
    private enum Purpose {
        case adding
        case changing(MaintenanceWindow)

        var window: MaintenanceWindow? {
            guard case .changing(let window) = self else { return nil }
            return window
        }
    }

    private func add(_ request: Request, _ context: WebContext) async throws -> Response {
        try await submit(.adding, MaintenanceForm.values(of: try await Form(request)), context)
    }

    private func change(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request)
        return try await submit(.changing(try await window(in: context)), MaintenanceForm.values(of: form), context)
    }

    /// Does what a form asks for; one that is wrong, or only to be seen, comes back.
    private func submit(
        _ purpose: Purpose,
        _ values: [String: String],
        _ context: WebContext
    ) async throws -> Response {
        do {
            let sites = try await actions.sites.ids(
                named: (values["sites"] ?? "").filledLines,
                known: try await actions.sites.known(purpose.window?.settings.scope.sites ?? [])
            )
            let document = MaintenanceForm.document(values, sites: sites, changing: purpose.window)
            if values["preview"] != nil { return try await preview(purpose, document, values, context) }
            switch purpose {
            case .adding: _ = try await actions.add(document, by: context.visitor.author)
            case .changing(let window):
                // A form without a revision is of none that there can be.
                let expected = values["revision"].flatMap { Int($0) } ?? -1
                _ = try await actions.change(
                    window,
                    by: document,
                    expected: expected,
                    author: context.visitor.author
                )
            }
            return .redirect(to: "/maintenance", type: .normal)
        } catch let problem as Problem where !problem.errors.isEmpty {
            return try await page(purpose, values, problem.errors, .unprocessableContent, context)
        } catch let problem as Problem where problem.status == .preconditionFailed {
            let detail = "It was changed meanwhile; go back to the list and edit it as it is now."
            return try await page(purpose, values, [FieldProblem(pointer: "", detail: detail)], .conflict, context)
        } catch let error as StoreError where error.code == .conflict {
            let problems = [FieldProblem(pointer: "", detail: error.message)]
            return try await page(purpose, values, problems, .conflict, context)
        }
    }

    /// The page with what the form would make, which is not made.
    private func preview(
        _ purpose: Purpose,
        _ document: JSON,
        _ values: [String: String],
        _ context: WebContext
    ) async throws -> Response {
        let now = actions.time.now()
        let settings =
            switch purpose {
            case .adding: try MaintenanceDocument.settings(from: document, now: now).orProblem()
            case .changing(let window):
                try MaintenanceDocument.settings(of: window, patchedWith: document, now: now).orProblem()
            }
        let view: View = [
            "preview": [
                "summary": settings.schedule.sentence,
                "scope": MaintenanceView.scope(
                    settings.scope,
                    names: try await actions.sites.names(of: settings.scope.sites)
                ),
                "occurrences": settings.schedule.next(5, after: now).map {
                    MaintenanceView.span($0, in: settings.schedule.zone)
                },
            ] as View
        ]
        return try await page(purpose, MaintenanceForm.view(values).adding(view), context)
    }

    private func page(
        _ purpose: Purpose,
        _ values: [String: String],
        _ problems: [FieldProblem],
        _ status: HTTPResponse.Status,
        _ context: WebContext
    ) async throws -> Response {
        try await page(purpose, MaintenanceForm.view(values, problems: problems), context, status: status)
    }

    /// The page that a form is on: below the list, or one of its own.
    private func page(
        _ purpose: Purpose,
        _ form: View,
        _ context: WebContext,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let frame: View
        switch purpose {
        case .adding:
            let fragments = fragments.seen(canManage: context.visitor.may(.manage))
            frame = [
                "action": "/maintenance", "button": "Add maintenance", "nothing": "Nothing was added.",
                "notYet": "Nothing is added yet.", "list": try await fragments.maintenance().html,
            ]
        case .changing(let window):
            frame = [
                "action": "/maintenance/\(window.id)/edit", "button": "Save", "nothing": "Nothing was changed.",
                "notYet": "Nothing is changed yet.",
            ]
        }
        return pages.page(
            purpose.window == nil ? "maintenance" : "maintenance-edit",
            title: purpose.window.map { "Edit \($0.settings.title)" } ?? "Maintenance",
            section: .maintenance,
            live: purpose.window == nil ? "topic=maintenance" : nil,
            for: context,
            form.adding(frame),
            status: status
        )
    }

    // MARK: Buttons

    private func end(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await actions.store.end(context.id("maintenance"), by: context.visitor.author)
        return .redirect(to: "/maintenance", type: .normal)
    }

    private func remove(_ request: Request, _ context: WebContext) async throws -> Response {
        try await actions.store.remove(context.id("maintenance"), by: context.visitor.author)
        return .redirect(to: "/maintenance", type: .normal)
    }

    // MARK: Parts

    private func window(in context: WebContext) async throws -> MaintenanceWindow {
        let id: MaintenanceID = try context.id("maintenance")
        guard let window = try await actions.store.window(id) else { throw Problem.notFound("maintenance \(id)") }
        return window
    }
}
