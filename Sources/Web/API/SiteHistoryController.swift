internal import Hummingbird
internal import Monitoring
internal import Notifications

/// What a site's checks came to: results, uptime, latency.
struct SiteHistoryController: Sendable {
    let sites: any SiteStore
    let monitoring: any MonitoringStore
    let time: any TimeSource

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/sites/{id}/results", .token(.read), results),
            Endpoint(.get, "/v1/sites/{id}/uptime", .token(.read), uptime),
            Endpoint(.get, "/v1/sites/{id}/latency", .token(.read), latency),
        ]
    }

    private func results(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "from", "to", "before", "limit")
        let id = try await siteID(in: context)
        let limit = try query.limit()
        let page = try await monitoring.results(
            ResultQuery(
                site: id,
                from: try query.time("from"),
                to: try query.time("to"),
                before: try query.time("before"),
                limit: limit
            )
        )
        return .page(page.map(ResultDocument.json), next: page.count < limit ? nil : page.last?.slot.rfc3339)
    }

    private func uptime(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "window", "from", "to")
        let id = try await siteID(in: context)
        let span = try query.span(now: time.now())
        return .json(ResultDocument.uptime(try await monitoring.uptime(id, from: span.from, to: span.to)))
    }

    private func latency(_ request: Request, _ context: WebContext) async throws -> Response {
        let query = try Query(request, "window", "from", "to", "buckets")
        let id = try await siteID(in: context)
        let span = try query.span(now: time.now())
        let buckets = query["buckets"].map { Int($0) ?? 0 } ?? 24
        guard 1...500 ~= buckets else { throw Problem.parameter("buckets", "should be a number from 1 to 500") }
        let latency = try await monitoring.latency(id, from: span.from, to: span.to, buckets: buckets)
        return .json(ResultDocument.latency(latency))
    }

    private func siteID(in context: WebContext) async throws -> SiteID {
        let id: SiteID = try context.id("site")
        guard try await sites.site(id) != nil else { throw Problem.notFound("site \(id)") }
        return id
    }
}
