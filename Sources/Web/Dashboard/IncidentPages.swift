internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/incidents/new` and `/incidents/{id}` of the dashboard: what people say of incidents.
struct IncidentPages: Sendable {
    let actions: IncidentActions
    let sites: any SiteStore
    let time: any TimeSource
    let pages: PageRenderer

    init(_ dependencies: WebDependencies, actions: IncidentActions, pages: PageRenderer) {
        self.actions = actions
        self.pages = pages
        sites = dependencies.sites
        time = dependencies.time
    }

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/incidents/new", .page) { _, context in form([:], [], context) },
            Endpoint(.post, "/incidents", .action, open),
            Endpoint(.get, "/incidents/{id}", .page) { request, context in
                _ = try Query(request)
                return try await page(try await actions.found(context.id("incident")), [:], [], context)
            },
            Endpoint(.post, "/incidents/{id}/updates", .action, update),
        ]
    }

    // MARK: Opening

    private func open(_ request: Request, _ context: WebContext) async throws -> Response {
        let values = try await Form(request).values
        do {
            let named = try await sites.ids(named: (values["sites"] ?? "").filledLines)
            let document = Self.document(values, ["title", "status", "message"]).adding(
                "sites",
                .array(named.map { .string($0.description) })
            )
            let report = try await actions.open(document, by: context.visitor.author)
            return .redirect(to: "/incidents/\(report.id)", type: .normal)
        } catch let problem as Problem where !problem.errors.isEmpty {
            return form(values, problem.errors, context)
        }
    }

    private func form(_ values: [String: String], _ problems: [FieldProblem], _ context: WebContext) -> Response {
        let view = Self.view(values, problems).adding([
            "statuses": IncidentView.choices(nil, chosen: values["status"])
        ])
        return pages.page(
            "incident-form",
            title: "Report an incident",
            section: .incidents,
            for: context,
            view,
            status: problems.isEmpty ? .ok : .unprocessableContent
        )
    }

    // MARK: Updates

    private func update(_ request: Request, _ context: WebContext) async throws -> Response {
        let id: IncidentID = try context.id("incident")
        let values = try await Form(request).values
        do {
            _ = try await actions.update(id, Self.document(values, ["status", "message"]), by: context.visitor.author)
            return .redirect(to: "/incidents/\(id)", type: .normal)
        } catch let problem as Problem where !problem.errors.isEmpty {
            return try await page(try await actions.found(id), values, problem.errors, context)
        } catch let error as StoreError where error.code == .conflict {
            let problems = [FieldProblem(pointer: "/status", detail: error.message)]
            return try await page(try await actions.found(id), values, problems, context)
        }
    }

    private func page(
        _ report: IncidentReport,
        _ values: [String: String],
        _ problems: [FieldProblem],
        _ context: WebContext
    ) async throws -> Response {
        let names = try await sites.names(of: IncidentView.sites(of: [report]))
        let row = IncidentView.row(report, names: names, now: time.now())
        let heading =
            switch report.subject {
            case .site(let incident): incident.siteName
            case .manual(let incident): incident.title
            }
        let view = row.adding(Self.view(values, problems)).adding([
            "heading": heading,
            "updates": report.updates.map(IncidentView.update),
            "statuses": IncidentView.choices(report, chosen: values["status"]),
        ])
        return pages.page(
            "incident",
            title: heading,
            section: .incidents,
            for: context,
            view,
            status: problems.isEmpty ? .ok : .unprocessableContent
        )
    }

    private static func view(_ values: [String: String], _ problems: [FieldProblem]) -> View {
        var value: View = [:]
        for field in ["title", "message", "sites"] { value[field] = values[field] }
        return [
            "value": value,
            "problems": problems.views,
            "hasProblems": !problems.isEmpty,
        ]
    }

    /// The document that fields make; browsers end lines with a carriage return, which nobody typed.
    private static func document(_ values: [String: String], _ fields: [String]) -> JSON {
        .object(
            fields.compactMap { field in
                let text = (values[field] ?? "").replacing("\r\n", with: "\n").trimmingSpaces
                return text.isEmpty ? nil : .init(field, .string(text))
            }
        )
    }
}

extension JSON {
    fileprivate func adding(_ name: String, _ value: JSON) -> JSON { .object((members ?? []) + [.init(name, value)]) }
}
