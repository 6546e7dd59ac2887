internal import HummingbirdCore
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Monitoring
internal import NIOCore
internal import Notifications

/// All routes, put together once and served behind every door.
struct WebSite: Sendable {
    /// The table of routes, with what each asks for.
    let endpoints: [Endpoint]
    let feed: LiveFeed
    private let tokens: TokenCache
    private let sessions: SessionKeeper
    private let pages: PageRenderer
    private let requests: RequestMetrics
    private let logger: Logger

    init(_ dependencies: WebDependencies, logger: Logger) throws {
        self.logger = logger
        tokens = TokenCache(store: dependencies.tokens, time: dependencies.time)
        sessions = SessionKeeper(store: dependencies.sessions, time: dependencies.time)
        pages = try PageRenderer(version: dependencies.version)
        let status = StatusReader(dependencies)
        let fragments = FragmentReader(dependencies, status: status, pages: pages)
        feed = LiveFeed(time: dependencies.time, logger: logger) { try await fragments.fragments(of: $0) }

        let siteActions = SiteActions(dependencies, logger: logger)
        let channelActions = ChannelActions(dependencies)
        let letterActions = DeadLetterActions(
            queue: dependencies.queue,
            channels: dependencies.channels,
            monitoring: dependencies.monitoring
        )
        var endpoints = EventsController(
            intake: dependencies.intake,
            queue: dependencies.queue,
            channels: dependencies.channels,
            deliveries: dependencies.deliveries
        ).endpoints
        endpoints +=
            SitesController(
                sites: dependencies.sites,
                actions: siteActions,
                defaultInterval: dependencies.defaultInterval
            ).endpoints
        endpoints +=
            SiteHistoryController(
                sites: dependencies.sites,
                monitoring: dependencies.monitoring,
                time: dependencies.time
            ).endpoints
        endpoints += ChannelsController(actions: channelActions, deliveries: dependencies.deliveries).endpoints
        let incidentActions = IncidentActions(dependencies)
        endpoints += IncidentsController(actions: incidentActions).endpoints
        let maintenanceActions = MaintenanceActions(dependencies)
        endpoints += MaintenanceController(actions: maintenanceActions).endpoints
        endpoints += DeadLettersController(actions: letterActions).endpoints
        endpoints += TokensController(tokens: dependencies.tokens, cache: tokens).endpoints
        endpoints +=
            StatusController(
                reader: status,
                version: dependencies.version,
                region: dependencies.region,
                interval: dependencies.defaultInterval
            ).endpoints
        endpoints +=
            OperationController(
                readiness: dependencies.readiness,
                metrics: dependencies.metrics,
                status: status,
                version: dependencies.version
            ).endpoints
        endpoints += AssetsController().endpoints
        let statusPage = StatusPageController(
            reader: StatusPageReader(dependencies),
            pages: pages,
            time: dependencies.time
        )
        endpoints += statusPage.endpoints
        endpoints += ReferenceController(pages: pages).endpoints
        endpoints +=
            BadgeController(
                statusPage: statusPage,
                monitoring: dependencies.monitoring,
                time: dependencies.time
            ).endpoints
        let statusPageActions = StatusPageActions(dependencies)
        endpoints += StatusPageSettingsController(actions: statusPageActions).endpoints
        endpoints +=
            StatusPageEditor(
                actions: statusPageActions,
                publishesSites: dependencies.publishesSites,
                pages: pages
            ).endpoints
        endpoints += LiveController(feed: feed).endpoints
        endpoints +=
            SignInController(
                pages: pages,
                tokens: tokens,
                sessions: sessions,
                throttle: SignInThrottle(time: dependencies.time)
            ).endpoints
        endpoints += DashboardController(dependencies, pages: pages, fragments: fragments).endpoints
        endpoints += MaintenancePages(actions: maintenanceActions, pages: pages, fragments: fragments).endpoints
        endpoints += IncidentPages(dependencies, actions: incidentActions, pages: pages).endpoints
        endpoints +=
            DashboardForms(
                sites: siteActions,
                channels: channelActions,
                letters: letterActions,
                incidents: incidentActions,
                pages: pages
            ).endpoints
        self.endpoints = endpoints
        requests = RequestMetrics(dependencies.metrics, endpoints: endpoints)
    }

    /// The application behind one door.
    func application(
        behind door: Door,
        address: BindAddress = .hostname("127.0.0.1", port: 0),
        onListening: @escaping @Sendable (any NIOCore.Channel) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        let gate = Gatekeeper(door: door, tokens: tokens, sessions: sessions)
        let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: requests)
        router.add(middleware: SecurityHeaders())
        router.add(middleware: ProblemMiddleware(endpoints: endpoints))
        for endpoint in endpoints {
            let isPage = endpoint.permission == .page || endpoint.permission == .action
            let pages = pages
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                do {
                    var context = context
                    context.visitor = try await gate.admit(request, endpoint.permission)
                    if case .token = endpoint.permission { try Negotiation.require(of: request) }
                    return EntityTag.sparing(try await endpoint.handler(request, context), for: request)
                } catch  where isPage {
                    return try pages.response(to: error, of: request, context)
                }
            }
        }
        return WebServer.application(router, address: address, logger: logger, onListening: onListening)
    }
}
