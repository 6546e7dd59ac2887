internal import AsyncHTTPClient
internal import Logging
internal import Monitoring
internal import ServiceLifecycle
internal import UnixSignals

/// Runs the roles of one process until it is told to end.
struct TocsinServer: Sendable {
    let configuration: TocsinConfiguration
    /// Registered as sites if they are not yet.
    let urls: [String]

    /// Runs until SIGINT or SIGTERM, then finishes what is held within the grace time.
    ///
    /// - Throws: ``CommandError`` where it can't start or go on.
    func run() async throws {
        LineLogHandler.install(configuration.log)
        let logger = Logger(label: "tocsin")
        let time = SystemTime()
        let announcer = Announcer(
            format: configuration.log.format,
            time: time,
            hasConsole: configuration.roles.contains(.notifier) && configuration.hasConsoleChannel
        )
        let parts: ServerParts
        do {
            parts = try await ServerParts(configuration, time: time, logger: logger)
        } catch {
            throw CommandError(starting: error)
        }
        let first = FirstMinute(
            configuration: configuration,
            urls: urls,
            parts: parts,
            announcer: announcer,
            logger: logger
        )
        let roles = try ServerRoles(configuration, parts: parts, time: time, announcer: announcer, logger: logger) {
            place in
            await first.listening(at: place)
        }
        var services: [any Service] = []
        // The last to end: the roles still speak to it while they drain.
        if let redis = parts.redis { services.append(redis) }
        services.append(
            Together(roles.services + [first, EndAnnouncer(announcer: announcer, grace: configuration.grace)])
        )
        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "tocsin.services") { _ in SwiftLogNoOpLogHandler() }
        )
        // A second more than the roles take for themselves, so that what they could not finish is given back.
        group.maximumGracefulShutdownDuration = configuration.grace + .seconds(2)

        let result = await Result { try await ServiceGroup(configuration: group).run() }
        try await roles.http.shutdown()
        do {
            try result.get()
        } catch is CancellationError {
            // The grace was over; what was left has been given back.
        } catch {
            throw CommandError(starting: error)
        }
        withExtendedLifetime(parts.lock) { announcer.ended() }
    }
}

extension Result where Failure == any Error {
    fileprivate init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
