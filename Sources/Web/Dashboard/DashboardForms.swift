internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// What the dashboard's forms do: the same as the API, answered with the page that shows it.
struct DashboardForms: Sendable {
    let sites: SiteActions
    let channels: ChannelActions
    let letters: DeadLetterActions
    let incidents: IncidentActions
    let pages: PageRenderer

    var endpoints: [Endpoint] {
        [
            Endpoint(.post, "/sites", .action, addSite),
            Endpoint(.post, "/sites/{id}/edit", .action, editSite),
            Endpoint(.post, "/sites/{id}/check", .action, checkSite),
            Endpoint(.post, "/sites/{id}/pause", .action) { try await set(paused: true, $0, $1) },
            Endpoint(.post, "/sites/{id}/resume", .action) { try await set(paused: false, $0, $1) },
            Endpoint(.post, "/sites/{id}/delete", .action, deleteSite),
            Endpoint(.post, "/incidents/{id}/acknowledge", .action, acknowledge),
            Endpoint(.post, "/channels", .action, addChannel),
            Endpoint(.post, "/channels/{id}/test", .action, testChannel),
            Endpoint(.post, "/channels/{id}/pause", .action) { try await setChannel(paused: true, $0, $1) },
            Endpoint(.post, "/channels/{id}/resume", .action) { try await setChannel(paused: false, $0, $1) },
            Endpoint(.post, "/channels/{id}/delete", .action, deleteChannel),
            Endpoint(.post, "/dead-letters/replay", .action, replayMany),
            Endpoint(.post, "/dead-letters/discard", .action, discardMany),
            Endpoint(.post, "/dead-letters/{id}/replay", .action, replay),
            Endpoint(.post, "/dead-letters/{id}/discard", .action, discard),
        ]
    }

    // MARK: Sites

    private func addSite(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = SiteForm.fields(of: try await Form(request))
        let document = SiteForm.document(fields)
        do {
            let settings = try SiteDocument.settings(from: document, defaultInterval: sites.defaultInterval).get()
            guard let site = try await sites.add([settings], by: context.visitor.author).first else {
                throw Problem(.internalServerError, "The site was not kept.")
            }
            return .redirect(to: "/sites/\(site.id)", type: .normal)
        } catch let error as FieldProblems {
            return siteForm(fields, error.problems, context)
        } catch let error as StoreError where error.code == .conflict {
            return siteForm(fields, [FieldProblem(pointer: "/name", detail: error.message)], context)
        }
    }

    private func editSite(_ request: Request, _ context: WebContext) async throws -> Response {
        let site = try await site(in: context)
        let fields = SiteForm.fields(of: try await Form(request))
        do {
            let settings = try SiteDocument.settings(
                from: SiteForm.document(fields),
                current: site.settings,
                defaultInterval: sites.defaultInterval
            ).get()
            _ = try await sites.change(site, to: settings, isConditional: false, by: context.visitor.author)
            return .redirect(to: "/sites/\(site.id)", type: .normal)
        } catch let error as FieldProblems {
            return siteForm(fields, error.problems, context, of: site)
        } catch let error as StoreError where error.code == .conflict {
            return siteForm(fields, [FieldProblem(pointer: "/name", detail: error.message)], context, of: site)
        }
    }

    private func siteForm(
        _ fields: [String: String],
        _ problems: [FieldProblem],
        _ context: WebContext,
        of site: Site? = nil
    ) -> Response {
        var view = SiteForm.view(fields, problems: problems, defaultInterval: sites.defaultInterval)
        view["id"] = site?.id.description
        let title = site.map { "Edit \($0.settings.name)" } ?? "Add a site"
        return pages.page("site-form", title: title, section: .sites, for: context, view, status: .unprocessableContent)
    }

    private func checkSite(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await sites.check(try await site(in: context))
        return back(request, to: "/")
    }

    private func set(paused: Bool, _ request: Request, _ context: WebContext) async throws -> Response {
        let site = try await site(in: context)
        var settings = site.settings
        settings.paused = paused
        _ = try await sites.change(site, to: settings, isConditional: false, by: context.visitor.author)
        return back(request, to: "/")
    }

    private func deleteSite(_ request: Request, _ context: WebContext) async throws -> Response {
        try await sites.sites.remove(context.id("site"), by: context.visitor.author)
        return .redirect(to: "/", type: .normal)
    }

    private func site(in context: WebContext) async throws -> Site {
        let id: SiteID = try context.id("site")
        guard let site = try await sites.sites.site(id) else { throw Problem.notFound("site \(id)") }
        return site
    }

    private func acknowledge(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await incidents.acknowledge(context.id("incident"), by: context.visitor.author)
        return back(request, to: "/incidents")
    }

    // MARK: Channels

    private func addChannel(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request)
        do {
            let (settings, made) = try ChannelDocument.settings(from: ChannelForm.document(form)).get()
            let channel = try await channels.channels.add(settings, by: context.visitor.author)
            guard !made.isEmpty else { return .redirect(to: "/channels", type: .normal) }
            // The one moment in which the secret can be seen.
            let view: View = [
                "id": channel.id.description, "name": channel.settings.name,
                "secrets": made.sorted { $0.key < $1.key }.map { ["name": $0.key, "value": $0.value] as View },
            ]
            return pages.page("channel-made", title: "Channel added", section: .channels, for: context, view)
        } catch let error as FieldProblems {
            return channelForm(form, error.problems, context)
        } catch let error as StoreError where error.code == .conflict {
            return channelForm(form, [FieldProblem(pointer: "/name", detail: error.message)], context)
        }
    }

    private func channelForm(_ form: Form, _ problems: [FieldProblem], _ context: WebContext) -> Response {
        pages.page(
            "channels",
            title: "Channels",
            section: .channels,
            for: context,
            ChannelForm.view(form.values, problems: problems),
            status: .unprocessableContent
        )
    }

    private func testChannel(_ request: Request, _ context: WebContext) async throws -> Response {
        let channel = try await channels.channel(context.id("channel"))
        let test = await channels.testChannel(channel)
        let view: View = [
            "id": channel.id.description, "name": channel.settings.name, "succeeded": test.succeeded,
            "status": test.statusCode.map(String.init), "duration": SiteView.duration(test.duration),
            "response": test.response, "error": test.error,
        ]
        return pages.page(
            "channel-test",
            title: "Test of \(channel.settings.name)",
            section: .channels,
            for: context,
            view
        )
    }

    private func setChannel(paused: Bool, _ request: Request, _ context: WebContext) async throws -> Response {
        let channel = try await channels.channel(context.id("channel"))
        var settings = channel.settings
        settings.paused = paused
        _ = try await channels.change(channel, to: settings, isConditional: false, by: context.visitor.author)
        return back(request, to: "/channels")
    }

    private func deleteChannel(_ request: Request, _ context: WebContext) async throws -> Response {
        try await channels.channels.remove(context.id("channel"), by: context.visitor.author)
        return .redirect(to: "/channels", type: .normal)
    }

    // MARK: Dead letters

    private func replay(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await letters.replay([try await letters.found(context.idText()).id])
        return back(request, to: "/dead-letters")
    }

    private func discard(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await letters.discard([context.idText()])
        return back(request, to: "/dead-letters")
    }

    private func replayMany(_ request: Request, _ context: WebContext) async throws -> Response {
        let filter = try await letterFilter(request)
        let (tally, next) = try await letters.replay(filter.filter, from: nil)
        return list(filter, ["replayed=\(tally.replayed)", "full=\(tally.full)"], isMore: next != nil)
    }

    private func discardMany(_ request: Request, _ context: WebContext) async throws -> Response {
        let filter = try await letterFilter(request)
        let (count, next) = try await letters.discard(filter.filter, from: nil)
        return list(filter, ["discarded=\(count)"], isMore: next != nil)
    }

    private func letterFilter(_ request: Request) async throws -> LetterFilter {
        let form = try await Form(request)
        let filter = LetterFilter { form[$0] }
        if let problem = filter.problems.first { throw Problem(.unprocessableContent, problem) }
        return filter
    }

    private func list(_ filter: LetterFilter, _ counts: [String], isMore: Bool) -> Response {
        let parameters = (filter.isEmpty ? [] : [filter.parameters]) + counts + (isMore ? ["more=1"] : [])
        return .redirect(to: "/dead-letters?" + parameters.joined(separator: "&"), type: .normal)
    }

    /// The page that the form was on, or the one where its effect shows.
    private func back(_ request: Request, to standard: String) -> Response {
        guard let referrer = request.headers[.referer], let authority = request.head.authority,
            let start = referrer.range(of: "://\(authority)/")
        else { return .redirect(to: standard, type: .normal) }
        return .redirect(to: SignInController.local("/" + referrer[start.upperBound...]), type: .normal)
    }
}
