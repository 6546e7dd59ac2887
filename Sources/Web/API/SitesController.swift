internal import HTTPTypes
internal import Hummingbird
internal import Monitoring
internal import Notifications

/// `/v1/sites`: the registered sites.
struct SitesController: Sendable {
    let sites: any SiteStore
    let actions: SiteActions
    let defaultInterval: Duration

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/sites", .token(.read), list),
            Endpoint(.post, "/v1/sites", .token(.manage), create),
            Endpoint(.put, "/v1/sites", .token(.manage), upsert),
            Endpoint(.get, "/v1/sites/{id}", .token(.read), show),
            Endpoint(.patch, "/v1/sites/{id}", .token(.manage), change),
            Endpoint(.delete, "/v1/sites/{id}", .token(.manage), remove),
            Endpoint(.post, "/v1/sites/{id}/check", .token(.manage), check),
        ]
    }

    private func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "after", "limit", "search", "status", "tag")
        let page = try await sites.overviews(
            SiteQuery(
                after: try query.identifier("after"),
                limit: try query.limit(),
                search: query["search"],
                status: try query.choice("status"),
                tag: query["tag"]
            )
        )
        return .page(page.items.map(SiteDocument.json), next: page.next?.description)
    }

    private func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await RequestBodyReader.json(of: request)
        guard json.array != nil else {
            let settings = try SiteDocument.settings(from: json, defaultInterval: defaultInterval).orProblem()
            let added = try await actions.add([settings], by: context.visitor.author)
            guard let site = added.first else { throw Problem(.internalServerError, "The site was not kept.") }
            var headers = EntityTag.headers(revision: site.revision)
            headers[.location] = "/v1/sites/\(site.id)"
            return .json(try await document(of: site), status: .created, headers: headers)
        }
        let list = try SiteDocument.list(from: json, defaultInterval: defaultInterval).orProblem()
        let added = try await actions.add(list, by: context.visitor.author)
        return .json(.object([.init("items", .array(added.map(SiteDocument.json)))]), status: .created)
    }

    private func upsert(_ request: Request, _ context: WebContext) async throws -> Response {
        let json = try await RequestBodyReader.json(of: request)
        let list = try SiteDocument.list(from: json, for: .importing, defaultInterval: defaultInterval).orProblem()
        let (sites, added) = try await actions.upsert(list, by: context.visitor.author)
        return .json(
            .object([
                .init("added", JSON(added)),
                .init("changed", JSON(sites.count - added)),
                .init("items", .array(sites.map(SiteDocument.json))),
            ])
        )
    }

    private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try Query(request)
        let site = try await site(in: context)
        let document = try await document(of: site)
        return .json(document, headers: EntityTag.headers(revision: site.revision, of: document))
    }

    private func change(_ request: Request, _ context: WebContext) async throws -> Response {
        let patch = try await RequestBodyReader.json(of: request, types: ["application/merge-patch+json"])
        let expected = try EntityTag.expected(by: request)
        let site = try await site(in: context)
        let settings = try SiteDocument.settings(of: site, patchedWith: patch, defaultInterval: defaultInterval)
            .orProblem()
        try EntityTag.require(expected, of: "site", now: site.revision)
        let changed = try await actions.change(
            site,
            to: settings,
            isConditional: expected != nil,
            by: context.visitor.author
        )
        return .json(try await document(of: changed), headers: EntityTag.headers(revision: changed.revision))
    }

    private func remove(_ request: Request, _ context: WebContext) async throws -> Response {
        if let expected = try EntityTag.expected(by: request) {
            let site = try await site(in: context)
            try EntityTag.require(expected, of: "site", now: site.revision)
        }
        try await sites.remove(context.id("site"), by: context.visitor.author)
        return .noContent
    }

    private func check(_ request: Request, _ context: WebContext) async throws -> Response {
        let regions = try await actions.check(try await site(in: context))
        return .json(.object([.init("regions", .array(regions.map(JSON.string)))]), status: .accepted)
    }

    private func site(in context: WebContext) async throws -> Site {
        let id: SiteID = try context.id("site")
        guard let site = try await sites.site(id) else { throw Problem.notFound("site \(id)") }
        return site
    }

    /// The site with its standing.
    private func document(of site: Site) async throws -> JSON {
        guard let overview = try await sites.overview(of: site.id) else { return SiteDocument.json(of: site) }
        return SiteDocument.json(of: overview)
    }
}

extension SiteStore {
    /// One site with its standing.
    func overview(of id: SiteID, beats: Int = 0) async throws -> SiteOverview? {
        // Ids ascend, so the page of one after the id below is this site, or another where it is gone.
        let before = id.rawValue > 1 ? SiteID(rawValue: id.rawValue - 1) : nil
        let page = try await overviews(SiteQuery(after: before, limit: 1, beats: beats))
        return page.items.first.flatMap { $0.site.id == id ? $0 : nil }
    }
}

extension Response {
    /// A page of a list, and where the next begins.
    static func page(_ items: [JSON], next: String?) -> Response {
        let document = JSON.object([.init("items", .array(items)), .init("next", JSON(next))])
        return .json(document, headers: EntityTag.headers(of: document))
    }
}

extension Result where Failure == FieldProblems {
    /// The value, or the answer 422 with everything that is wrong.
    func orProblem() throws -> Success {
        switch self {
        case .success(let value): value
        case .failure(let error): throw Problem.invalid(error.problems)
        }
    }
}
