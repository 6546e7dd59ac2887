internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import Monitoring
internal import NIOCore
internal import ServiceLifecycle

// How the program uses this target:
//
//   let web = try WebServer(dependencies, listen: .init(host: "127.0.0.1", port: 8080), socket: "tocsin.sock", logger: logger) {
//       … the address that it listens on …
//   }
//   ServiceGroup(services: [web, …])
//
// `run()` serves the address and the socket until the group stops it gracefully; requests that are being answered are
// answered, and open event streams end. It throws ``WebServerError`` where it can't listen.

/// Serves the API and the dashboard on an address, and the same on a socket for local commands.
package struct WebServer: Service {
    /// Where on the network to listen.
    package struct Address: Sendable, Equatable {
        package let host: String
        package let port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// Whether only this machine can reach it.
        package var isLoopback: Bool {
            let host = host.lowercased()
            if ["localhost", "::1", "[::1]"].contains(host) { return true }
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil } && parts[0] == "127"
        }

        /// The host as sockets take it, without the brackets of an address of version 6.
        var socketHost: String {
            host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        }

        /// What people open on this machine; an address that means all of them opens nowhere.
        func url(port: Int) -> String {
            let host = ["0.0.0.0", "::"].contains(socketHost) ? "localhost" : socketHost
            return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
    }

    /// What a start has come to.
    private struct Progress {
        var hasAddress: Bool
        /// Or is known to go on without.
        var hasSocket: Bool
    }

    private let site: WebSite
    private let address: Address?
    private let socket: String?
    private let logger: Logger
    private let onListening: @Sendable (String) async -> Void

    /// - Parameters:
    ///   - dependencies: What it works on.
    ///   - address: Where to listen; nil for nowhere.
    ///   - socket: The path of the socket; nil for none.
    ///   - logger: Gets what goes wrong inside.
    ///   - onListening: Called with the URL of the dashboard once it can be reached, and with the path of the socket.
    /// - Throws: ``WebServerError`` where a file of the program is broken.
    package init(
        _ dependencies: WebDependencies,
        listen address: Address?,
        socket: String?,
        logger: Logger,
        onListening: @escaping @Sendable (String) async -> Void = { _ in }
    ) throws {
        site = try WebSite(dependencies, logger: logger)
        self.address = address
        self.socket = socket
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until it is told to stop.
    ///
    /// - Throws: ``WebServerError`` where the address can't be listened on.
    package func run() async throws {
        // A start that fails for its address must not have touched the socket, and whoever is told of the address is to
        // know by then whether there is a socket.
        let progress = Watched(Progress(hasAddress: address == nil, hasSocket: socket == nil))
        let onListening = onListening
        var services: [any Service] = []
        if let address {
            let site = site
            let listener = NetworkListener(address: address, option: "--listen HOST:PORT") { url in
                progress.withLock { $0.hasAddress = true }
                do {
                    try await progress.wait { $0.hasSocket ? () : nil }
                } catch {
                    return
                }
                await onListening(url)
            } application: { bound, onRunning in
                site.application(
                    behind: .network(isLoopback: address.isLoopback),
                    address: bound,
                    onListening: onRunning
                )
            }
            services.append(listener)
        }
        if let socket {
            let listener = SocketListener(
                site: site,
                path: socket,
                logger: logger,
                isAllowed: { try await progress.wait { $0.hasAddress ? () : nil } },
                isSettled: { progress.withLock { $0.hasSocket = true } },
                onListening: onListening
            )
            services.append(listener)
        }
        // The last is stopped first: a listener waits for its open connections, and the feed's never end by themselves.
        services.append(site.feed)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0) },
                logger: Self.quiet(logger)
            )
        )
        try await group.run()
    }

    /// What answers by a table of routes at one address.
    static func application(
        _ router: Router<WebContext>,
        address: BindAddress,
        logger: Logger,
        onListening: @escaping @Sendable (any NIOCore.Channel) async -> Void
    ) -> some ApplicationProtocol {
        var configuration = ApplicationConfiguration(address: address)
        configuration.availableConnectionsDelegate = MaximumAvailableConnections(4_096, logger: quiet(logger))
        return Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: configuration,
            onServerRunning: onListening,
            logger: quiet(logger)
        )
    }

    /// Libraries say at `info` what only matters when something is wrong.
    static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        return quiet
    }
}
