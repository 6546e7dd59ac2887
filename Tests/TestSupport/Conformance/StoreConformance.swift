package import Monitoring
package import Notifications
package import Testing

/// The stores of one engine over one empty database, and the time that they go by.
package struct StoreFixture: Sendable {
    package let sites: any SiteStore
    package let schedule: any ScheduleStore
    package let monitoring: any MonitoringStore
    package let maintenance: any MaintenanceStore
    package let incidents: any IncidentStore
    package let status: any StatusStore
    package let channels: any ChannelStore
    package let deliveries: any DeliveryLog
    package let tokens: any TokenStore
    package let sessions: any SessionStore
    package let time: ManualTime

    package init(
        sites: any SiteStore,
        schedule: any ScheduleStore,
        monitoring: any MonitoringStore,
        maintenance: any MaintenanceStore,
        incidents: any IncidentStore,
        status: any StatusStore,
        channels: any ChannelStore,
        deliveries: any DeliveryLog,
        tokens: any TokenStore,
        sessions: any SessionStore,
        time: ManualTime
    ) {
        self.sites = sites
        self.schedule = schedule
        self.monitoring = monitoring
        self.maintenance = maintenance
        self.incidents = incidents
        self.status = status
        self.channels = channels
        self.deliveries = deliveries
        self.tokens = tokens
        self.sessions = sessions
        self.time = time
    }

    /// Adds a site with little to say of it.
    package func addSite(_ settings: SiteSettings = SiteSettings(url: "https://example.com/")) async throws -> Site {
        let sites = try await sites.add([settings], by: Author(name: "tester"))
        return try #require(sites.first)
    }

    /// Records one result of a site and answers what became of it.
    package func record(_ result: CheckResult) async throws -> RecordOutcome {
        try #require(try await monitoring.record([result]).first)
    }

    /// The overview of one site.
    package func overview(_ id: SiteID, beats: Int = 0) async throws -> SiteOverview {
        let page = try await sites.overviews(
            SiteQuery(after: SiteID(rawValue: id.rawValue - 1), limit: 1, beats: beats)
        )
        return try #require(page.items.first)
    }
}

/// One thing that every engine's store must do.
package struct ConformanceCase: Sendable, CustomTestStringConvertible {
    package let testDescription: String
    package let body: @Sendable (StoreFixture) async throws -> Void

    package init(_ sentence: String, _ body: @escaping @Sendable (StoreFixture) async throws -> Void) {
        testDescription = sentence
        self.body = body
    }
}

extension CheckResult {
    /// A result of a site's current revision, seconds after the start of the tests' time.
    package static func of(
        _ site: Site,
        _ verdict: Verdict,
        at slot: Timestamp,
        region: String = Region.default,
        attempts: Int? = nil,
        milliseconds: Int64 = 40,
        certificateEndsAt: Timestamp? = nil
    ) -> CheckResult {
        let failure: CheckFailure? =
            switch verdict {
            case .up: nil
            case .degraded: CheckFailure(phase: .latency, message: "too slow")
            case .down: CheckFailure(phase: .status, message: "answered 500", bodyStart: "oops")
            }
        return CheckResult(
            site: site.id,
            region: region,
            slot: slot,
            revision: site.revision,
            startedAt: slot,
            observation: Observation(
                verdict: verdict,
                phases: Phases(dns: .microseconds(1_500), total: .milliseconds(milliseconds)),
                statusCode: verdict == .down ? 500 : 200,
                failure: failure,
                certificateEndsAt: certificateEndsAt,
                address: "192.0.2.7:443"
            ),
            attempts: attempts ?? (verdict == .down ? 2 : 1)
        )
    }
}

/// Expects a ``StoreError`` of a code, and a message that ends as a sentence.
package func expectStoreError(
    _ code: StoreError.Code,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async throws {
    do {
        try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as StoreError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        #expect(error.message.hasSuffix("."), "\(error)", sourceLocation: sourceLocation)
    }
}
