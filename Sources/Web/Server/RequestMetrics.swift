internal import HTTPTypes
internal import Hummingbird
internal import Metrics
internal import Synchronization

/// Counts requests by their route, and the time to the head of each answer.
///
/// A route is told by its template and a status by its class, so that callers can't make series of their own. What has no
/// route is told as one, whatever its path and method.
final class RequestMetrics: RouterMiddleware {
    typealias Context = WebContext

    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private static let none = "none"

    private let factory: any MetricsFactory
    private let kinds: [String: Timer]
    private let others: Timer
    private let counters = Mutex<[Key: Counter]>([:])

    init(_ factory: any MetricsFactory, endpoints: [Endpoint]) {
        self.factory = factory
        func timer(_ kind: String) -> Timer {
            Timer(label: "tocsin_http_request_duration_seconds", dimensions: [("kind", kind)], factory: factory)
        }
        let (api, dashboard, open) = (timer("api"), timer("dashboard"), timer("open"))
        others = open
        kinds = Dictionary(
            endpoints.map { endpoint in
                switch endpoint.permission {
                case .open: (endpoint.path, open)
                case .token: (endpoint.path, api)
                case .page, .action: (endpoint.path, dashboard)
                }
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    func handle(
        _ request: Request,
        context: WebContext,
        next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let startedAt = ContinuousClock.now
        do {
            let response = try await next(request, context)
            count(request, context, response.status.code, since: startedAt)
            return response
        } catch {
            // What is no answer ends the connection.
            count(request, context, 500, since: startedAt)
            throw error
        }
    }

    private func count(_ request: Request, _ context: WebContext, _ status: Int, since start: ContinuousClock.Instant) {
        let route = context.endpointPath.flatMap { kinds[$0] == nil ? nil : $0 }
        (route.flatMap { kinds[$0] } ?? others).record(duration: ContinuousClock.now - start)
        let key = Key(
            method: route == nil ? Self.none : request.method.rawValue,
            route: route ?? Self.none,
            status: status / 100
        )
        let counter = counters.withLock { counters in
            if let counter = counters[key] { return counter }
            let counter = Counter(
                label: "tocsin_http_requests_total",
                dimensions: [("method", key.method), ("route", key.route), ("status", "\(key.status)xx")],
                factory: factory
            )
            counters[key] = counter
            return counter
        }
        counter.increment()
    }
}
