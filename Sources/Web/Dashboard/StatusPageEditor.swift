internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/status-page` of the dashboard: what the public status page shows.
struct StatusPageEditor: Sendable {
    let actions: StatusPageActions
    /// Whether the page shows sites to whoever reaches it while nobody has chosen.
    let publishesSites: Bool
    let pages: PageRenderer

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/status-page", .page, show),
            Endpoint(.post, "/status-page", .action, save),
        ]
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let isSaved = try Query(request, "saved")["saved"] != nil
        let choice = try await actions.store.choice()
        let names = try await actions.sites.names(of: choice.settings?.groups.flatMap(\.sites) ?? [])
        let view: View = [
            "isSaved": isSaved,
            "revision": String(choice.revision),
            "published": choice.settings?.published ?? false,
            "titleText": choice.title,
            "description": choice.settings?.description,
            "groups": StatusPageForm.view(StatusPageForm.groups(of: choice.settings, names: names)),
        ]
        return page(view.adding(standing(choice)), [], .ok, context)
    }

    private func save(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request)
        let groups = StatusPageForm.groups(of: form).filter { !$0.isEmpty }
        do {
            let kept = try await actions.store.choice().settings?.groups.flatMap(\.sites) ?? []
            let known = try await actions.sites.known(kept)
            var filled: [(group: StatusPageForm.Group, sites: [SiteID])] = []
            for (place, group) in groups.enumerated() {
                let sites = try await actions.sites.ids(
                    named: group.sites.filledLines,
                    known: known,
                    at: "/groups/\(place)/sites"
                )
                filled.append((group, sites))
            }
            let document = StatusPageForm.document(form, filled)
            let expected = form["revision"].flatMap { Int($0) }
            _ = try await actions.choose(document, expected: expected, by: context.visitor.author)
            return .redirect(to: "/status-page?saved=1", type: .normal)
        } catch let problem as Problem where !problem.errors.isEmpty {
            return try await page(form, groups, problem.errors, .unprocessableContent, context)
        } catch let problem as Problem where problem.status == .preconditionFailed {
            let problems = [FieldProblem(pointer: "", detail: problem.detail + " Save again to replace it by this.")]
            return try await page(form, groups, problems, .conflict, context)
        }
    }

    /// The page with what was typed.
    private func page(
        _ form: Form,
        _ groups: [StatusPageForm.Group],
        _ problems: [FieldProblem],
        _ status: HTTPResponse.Status,
        _ context: WebContext
    ) async throws -> Response {
        let choice = try await actions.store.choice()
        let view: View = [
            "revision": String(choice.revision),
            "published": form.isOn("published"),
            "titleText": form["title"],
            "description": form["description"],
            "groups": StatusPageForm.view(groups),
        ]
        return page(view.adding(standing(choice)), problems, status, context)
    }

    private func page(
        _ view: View,
        _ problems: [FieldProblem],
        _ status: HTTPResponse.Status,
        _ context: WebContext
    ) -> Response {
        let wrong: View = [
            "problems": problems.views,
            "hasProblems": !problems.isEmpty,
        ]
        return pages.page(
            "status-page",
            title: "Status page",
            section: .statusPage,
            for: context,
            view.adding(wrong),
            status: status
        )
    }

    /// What strangers see now.
    private func standing(_ choice: StatusPageChoice) -> View {
        let isPublished = choice.settings?.published ?? publishesSites
        return ["isHidden": !isPublished, "isUndecided": choice.settings == nil && isPublished]
    }
}
