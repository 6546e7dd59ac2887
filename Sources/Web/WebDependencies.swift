package import Monitoring
package import Notifications
package import Telemetry

/// What the pages and the API work on; put together where the program is.
package struct WebDependencies: Sendable {
    package var sites: any SiteStore
    package var schedule: any ScheduleStore
    package var monitoring: any MonitoringStore
    package var maintenance: any MaintenanceStore
    package var incidents: any IncidentStore
    package var status: any StatusStore
    /// Whether the status page shows sites while nobody has chosen any: only where no stranger can reach it.
    package var publishesSites: Bool
    /// One per region that this process can reach; a site that is added or changed is checked at once through them.
    package var streams: [any JobStream]
    package var queue: any EventQueue
    package var intake: EventIntake
    package var channels: any ChannelStore
    package var deliveries: any DeliveryLog
    package var tokens: any TokenStore
    package var sessions: any SessionStore
    package var time: any TimeSource
    /// The roles of this process with their names, for `/readyz`.
    package var readiness: [(name: String, role: any ReadinessReporting)]
    /// What this process counts, for `/metrics`.
    package var metrics: MetricsRegistry
    /// Sends a test message through a channel, at once and apart from the queue.
    package var testChannel: @Sendable (RegisteredChannel) async -> ChannelTest
    /// The region of this process.
    package var region: String
    /// The interval of sites that set none.
    package var defaultInterval: Duration
    package var version: String

    package init(
        sites: any SiteStore,
        schedule: any ScheduleStore,
        monitoring: any MonitoringStore,
        maintenance: any MaintenanceStore,
        incidents: any IncidentStore,
        status: any StatusStore,
        publishesSites: Bool = false,
        streams: [any JobStream],
        queue: any EventQueue,
        intake: EventIntake,
        channels: any ChannelStore,
        deliveries: any DeliveryLog,
        tokens: any TokenStore,
        sessions: any SessionStore,
        time: any TimeSource,
        readiness: [(name: String, role: any ReadinessReporting)] = [],
        metrics: MetricsRegistry = MetricsRegistry(),
        testChannel: @escaping @Sendable (RegisteredChannel) async -> ChannelTest,
        region: String = Region.default,
        defaultInterval: Duration = .seconds(60),
        version: String
    ) {
        self.sites = sites
        self.schedule = schedule
        self.monitoring = monitoring
        self.maintenance = maintenance
        self.incidents = incidents
        self.status = status
        self.publishesSites = publishesSites
        self.streams = streams
        self.queue = queue
        self.intake = intake
        self.channels = channels
        self.deliveries = deliveries
        self.tokens = tokens
        self.sessions = sessions
        self.time = time
        self.readiness = readiness
        self.metrics = metrics
        self.testChannel = testChannel
        self.region = region
        self.defaultInterval = defaultInterval
        self.version = version
    }
}

/// What came of a test message.
package struct ChannelTest: Sendable, Equatable {
    package let succeeded: Bool
    package let statusCode: Int?
    package let duration: Duration
    /// The start of what the receiver answered.
    package let response: String?
    package let error: String?

    package init(
        succeeded: Bool,
        statusCode: Int? = nil,
        duration: Duration,
        response: String? = nil,
        error: String? = nil
    ) {
        self.succeeded = succeeded
        self.statusCode = statusCode
        self.duration = duration
        self.response = response
        self.error = error
    }
}
