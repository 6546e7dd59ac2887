internal import Hummingbird
package import Logging
package import Monitoring
internal import ServiceLifecycle
package import Telemetry

/// Serves `/metrics`, `/healthz` and `/readyz` of one process on an address of their own, whatever its roles.
package struct OperationServer: Service {
    private let listener: NetworkListener

    /// - Parameters:
    ///   - dependencies: What the API works on, to tell of the whole installation as well; nil in a process without it.
    ///   - readiness: The roles of this process with their names.
    ///   - metrics: What this process counts.
    ///   - version: Of the program.
    ///   - address: Where to listen.
    ///   - logger: Gets what goes wrong inside.
    ///   - onListening: Called with the URL once it can be reached.
    package init(
        _ dependencies: WebDependencies?,
        readiness: [(name: String, role: any ReadinessReporting)],
        metrics: MetricsRegistry,
        version: String,
        listen address: WebServer.Address,
        logger: Logger,
        onListening: @escaping @Sendable (String) async -> Void
    ) {
        let controller = OperationController(
            readiness: readiness,
            metrics: metrics,
            status: dependencies.map(StatusReader.init),
            version: version
        )
        let endpoints = controller.endpoints
        listener = NetworkListener(
            address: address,
            option: "--set metrics.listen=HOST:PORT",
            onListening: onListening
        ) { bound, onRunning in
            let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
            router.add(middleware: SecurityHeaders())
            router.add(middleware: ProblemMiddleware(endpoints: endpoints))
            for endpoint in endpoints {
                router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                    try await endpoint.handler(request, context)
                }
            }
            return WebServer.application(router, address: bound, logger: logger, onListening: onRunning)
        }
    }

    /// Serves until it is told to stop.
    ///
    /// - Throws: ``WebServerError`` where the address can't be listened on.
    package func run() async throws { try await listener.run() }
}
