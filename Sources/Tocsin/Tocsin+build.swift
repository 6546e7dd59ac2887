internal import AsyncHTTPClient
internal import Logging
internal import Monitoring
internal import NIOCore
internal import NIOPosix
internal import Networking
internal import Notifications
internal import PostgresBackend
internal import Probing
internal import Redis
internal import RedisBackend
internal import SQLiteBackend
internal import StoredForms
internal import Telemetry
internal import ServiceLifecycle
internal import Web

/// The parts of one process, put together from its configuration.
///
/// This is the one place where engines are chosen.
struct ServerParts: Sendable {
    let sites: any SiteStore
    let schedule: any ScheduleStore
    let monitoring: any MonitoringStore
    let maintenance: any MaintenanceStore
    let incidents: any IncidentStore
    let status: any StatusStore
    let channels: ObservedChannelStore
    let deliveries: any DeliveryLog
    let tokens: any TokenStore
    let sessions: any SessionStore
    let stream: any JobStream
    let queue: any EventQueue
    /// Keeps the connections to Redis; nil with the embedded broker.
    let redis: RedisConnections?
    /// Held for as long as the process runs; nil where several processes may share the file.
    let lock: SQLiteFileLock?
    /// Asks the database whether it is there; nil where it is a file.
    let databaseHealth: PostgresHealth?
    /// What this process counts.
    let metrics = MetricsRegistry()
    /// Where the connections to Redis are, and best whoever works with it.
    let brokerLoop = MultiThreadedEventLoopGroup.singleton.next()

    /// Opens the stores and the broker.
    ///
    /// - Parameters:
    ///   - configuration: What to open.
    ///   - time: The clock of the embedded engine.
    ///   - logger: For the engines.
    /// - Throws: ``StoreError`` and ``CommandError``, in words for the user.
    init(_ configuration: TocsinConfiguration, time: any TimeSource, logger: Logger) async throws {
        metrics.observeProcess()
        let secrets = SecretBox(key: configuration.secretKey)
        let bounds = configuration.queue.bounds
        let client: RedisClient?
        switch configuration.broker {
        case .embedded: client = nil
        case .redis(let url):
            let connected = try RedisClient(
                RedisConfiguration(url: url, clientName: "tocsin"),
                eventLoop: brokerLoop,
                logger: logger
            )
            metrics.observe(connected)
            try await RedisRequirements.check(connected, logger: logger)
            client = connected
        }
        let file: SQLiteDatabase?
        switch configuration.database {
        case .sqlite(let path):
            // The embedded broker has one owner; with a Redis, processes may share the file.
            lock = client == nil ? try SQLiteFileLock(path: path) : nil
            databaseHealth = nil
            let database = try SQLiteDatabase(path: path)
            metrics.observeSQLite(at: path)
            try await secrets.verify(in: database)
            file = database
            sites = SQLiteSiteStore(database: database, time: time, secrets: secrets)
            schedule = SQLiteScheduleStore(database: database)
            monitoring = SQLiteMonitoringStore(database: database, time: time)
            maintenance = SQLiteMaintenanceStore(database: database, time: time)
            incidents = SQLiteIncidentStore(database: database, time: time)
            status = SQLiteStatusStore(database: database, time: time)
            channels = ObservedChannelStore(SQLiteChannelStore(database: database, time: time, secrets: secrets))
            deliveries = SQLiteDeliveryLog(database: database, time: time)
            tokens = SQLiteTokenStore(database: database, time: time)
            sessions = SQLiteSessionStore(database: database, time: time, secrets: secrets)
        case .postgres(let url):
            let database = PostgresDatabase(
                try PostgresConfiguration(url: url, connections: configuration.databaseConnections)
            )
            metrics.observe(database)
            try await database.migrate()
            try await secrets.verify(in: database)
            file = nil
            lock = nil
            databaseHealth = PostgresHealth(database: database, time: time, logger: logger)
            sites = PostgresSiteStore(database: database, time: time, secrets: secrets)
            schedule = PostgresScheduleStore(database: database)
            monitoring = PostgresMonitoringStore(database: database, time: time)
            maintenance = PostgresMaintenanceStore(database: database, time: time)
            incidents = PostgresIncidentStore(database: database, time: time)
            status = PostgresStatusStore(database: database, time: time)
            channels = ObservedChannelStore(PostgresChannelStore(database: database, time: time, secrets: secrets))
            deliveries = PostgresDeliveryLog(database: database, time: time)
            tokens = PostgresTokenStore(database: database, time: time)
            sessions = PostgresSessionStore(database: database, time: time, secrets: secrets)
        }
        if !secrets.isLocked {
            logger.notice(
                "secrets lie in the database in the clear, readable by its owner; TOCSIN_SECRET_KEY encrypts them"
            )
        }
        if let client {
            let stream = RedisJobStream(
                client: client,
                key: configuration.stream.key,
                region: configuration.region,
                maxLength: configuration.stream.maxLength,
                logger: logger
            )
            let queue = RedisEventQueue(client: client, key: configuration.queue.key, bounds: bounds, logger: logger)
            await Self.prepare(stream, queue, logger: logger)
            redis = RedisConnections(client: client, stream: stream, queue: queue)
            self.stream = stream
            self.queue = queue
        } else if let file {
            redis = nil
            stream = try SQLiteJobStream(
                database: file,
                region: configuration.region,
                maxLength: configuration.stream.maxLength,
                time: time
            )
            queue = SQLiteEventQueue(database: file, bounds: bounds, time: time)
        } else {
            throw CommandError(.usage, "PostgreSQL needs a Redis as the broker; name one with --broker.")
        }
    }
}

extension ServerParts {
    /// A server that is full already refuses functions; it may hold them from an earlier start, so this is only told.
    private static func prepare(_ stream: RedisJobStream, _ queue: RedisEventQueue, logger: Logger) async {
        do {
            try await stream.prepare()
            try await queue.prepare()
        } catch {
            logger.warning("the functions could not be loaded into the broker yet", metadata: ["error": "\(error)"])
        }
    }
}

/// The roles of one process, ready to run.
struct ServerRoles: Sendable {
    /// In no order: they start and end together.
    let services: [any Service]
    /// Speaks to the channels; to be shut down when all has ended.
    let http: HTTPClient

    /// Puts the roles of the configuration together.
    ///
    /// - Parameters:
    ///   - configuration: Which roles, and their settings.
    ///   - parts: What they work on.
    ///   - time: Their clock.
    ///   - announcer: Told of results and deliveries.
    ///   - logger: Their log.
    ///   - onListening: Called with the URL of the API and the path of the socket, as each can be reached.
    /// - Throws: What is wrong with the settings.
    init(
        _ configuration: TocsinConfiguration,
        parts: ServerParts,
        time: any TimeSource,
        announcer: Announcer,
        logger: Logger,
        onListening: @escaping @Sendable (String) async -> Void
    ) throws {
        let addressGuard = AddressGuard(
            allow: configuration.network.allow,
            deny: configuration.network.deny,
            allowsPrivate: configuration.listen.isLoopback
        )
        let connector = GuardedConnector(addressGuard: addressGuard, resolver: SystemResolver())
        let http = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: ChannelTransport.configuration(addressGuard: addressGuard)
        )
        let transport = ChannelTransport(client: http, connector: connector, time: time)
        let factory = ChannelFactory(
            transport: transport,
            time: time,
            console: { StandardStream.output.write($0 + "\n") }
        )
        let boot = "\(ProcessName.host)-\(ProcessName.pid)-\(String(UInt32.random(in: .min ... .max), radix: 36))"

        let executor = EventLoopExecutor(parts.brokerLoop)
        var services: [any Service] = []
        var readiness: [(name: String, role: any ReadinessReporting)] = []
        if let health = parts.databaseHealth {
            services.append(health)
            readiness.append(("database", health))
        }
        let relay = OutboxRelay(
            store: parts.monitoring,
            queue: parts.queue,
            time: time,
            logger: logger,
            metrics: parts.metrics
        )

        if configuration.roles.contains(.pusher) {
            let pusher = Pusher(
                stream: parts.stream,
                store: parts.schedule,
                settings: Pusher.Settings(
                    batchSize: configuration.pusher.batchSize,
                    schedule: configuration.pusher.schedule,
                    highWater: configuration.pusher.highWater,
                    tick: configuration.pusher.tick,
                    lease: configuration.lease
                ),
                time: time,
                holder: boot,
                logger: logger,
                metrics: parts.metrics,
                executor: executor
            )
            services.append(pusher)
            readiness.append(("pusher", pusher))
        }
        if configuration.roles.contains(.monitor) {
            let worker = CheckWorker(
                stream: parts.stream,
                sites: parts.sites,
                store: parts.monitoring,
                probe: try HTTPProbe(
                    connector: connector,
                    group: MultiThreadedEventLoopGroup.singleton,
                    userAgent: "Tocsin/\(TocsinVersion.current)",
                    time: time
                ),
                settings: CheckWorker.Settings(
                    concurrency: configuration.monitorConcurrency,
                    lease: configuration.lease,
                    defaultInterval: configuration.interval,
                    grace: configuration.grace
                ),
                time: time,
                name: boot,
                logger: logger,
                metrics: parts.metrics,
                executor: executor
            ) { records in
                announcer.recorded(records)
                if records.contains(where: { !$0.outcome.transitions.isEmpty }) { relay.signal() }
            }
            parts.metrics.observe("tocsin_checks_held") { [MetricSample([], Double(worker.heldCount))] }
            services.append(worker)
            readiness.append(("monitor", worker))
        }
        if configuration.roles.contains(.notifier) {
            let worker = DeliveryWorker(
                queue: parts.queue,
                channels: parts.channels,
                factory: factory,
                log: AnnouncingDeliveryLog(parts.deliveries, channels: parts.channels, announcer: announcer),
                configuration: DeliveryConfiguration(
                    concurrency: configuration.notifierConcurrency,
                    lease: configuration.lease,
                    grace: configuration.grace,
                    logRetention: configuration.deliveryRetention
                ),
                time: time,
                logger: logger,
                metrics: parts.metrics,
                executor: executor
            )
            parts.channels.observe { worker.channelsChanged() }
            services.append(worker)
            readiness.append(("notifier", worker))
        }
        if !configuration.roles.isDisjoint(with: [.monitor, .notifier]) {
            // Wherever transitions are made or delivered, so that a monitor that is gone for good holds none back.
            services.append(relay)
            readiness.append(("outbox", relay))
            services.append(
                Housekeeper(
                    monitoring: parts.monitoring,
                    stream: parts.stream,
                    retention: configuration.retention,
                    time: time,
                    logger: logger
                )
            )
            services.append(MaintenanceKeeper(store: parts.maintenance, time: time, logger: logger))
        }
        var dependencies: WebDependencies?
        if configuration.roles.contains(.api) {
            let intake = IntakeWatch(queue: parts.queue, tokens: parts.tokens, time: time, logger: logger)
            services.append(intake)
            readiness.append(("api", intake))
            // The embedded queue is on the disk before anybody is told that it has something.
            let keeper = parts.redis == nil ? nil : AcceptanceKeeper(queue: parts.queue, time: time, logger: logger)
            if let keeper { services.append(keeper) }
            let tester = ChannelTester(channels: parts.channels, factory: factory, time: time)
            let web = WebDependencies(
                sites: parts.sites,
                schedule: parts.schedule,
                monitoring: parts.monitoring,
                maintenance: parts.maintenance,
                incidents: parts.incidents,
                status: parts.status,
                publishesSites: configuration.listen.isLoopback,
                streams: [parts.stream],
                queue: parts.queue,
                intake: EventIntake(queue: parts.queue, keeper: keeper, time: time, metrics: parts.metrics),
                channels: parts.channels,
                deliveries: parts.deliveries,
                tokens: parts.tokens,
                sessions: parts.sessions,
                time: time,
                readiness: readiness,
                metrics: parts.metrics,
                testChannel: { await ChannelTest($0, by: tester, time: time) },
                region: configuration.region,
                defaultInterval: configuration.interval,
                version: TocsinVersion.current
            )
            dependencies = web
            services.append(
                try WebServer(
                    web,
                    listen: .init(host: configuration.listen.host, port: configuration.listen.port),
                    socket: configuration.socket,
                    logger: logger,
                    onListening: onListening
                )
            )
        }
        if let address = configuration.metricsListen {
            services.append(
                OperationServer(
                    dependencies,
                    readiness: readiness,
                    metrics: parts.metrics,
                    version: TocsinVersion.current,
                    listen: .init(host: address.host, port: address.port),
                    logger: logger
                ) { url in logger.info("metrics can be read", metadata: ["url": "\(url)/metrics"]) }
            )
        }
        self.services = services
        self.http = http
    }
}
