import Monitoring
import Notifications
import SQLiteBackend
import StoredForms
import TestSupport
import Testing

/// The stores of a database in a file of its own.
func withStores<Result>(
    key: String? = "a key for tests",
    _ body: (StoreFixture, SQLiteDatabase) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { directory in
        let database = try SQLiteDatabase(path: directory + "/tocsin.db")
        return try await body(StoreFixture(database, key: key), database)
    }
}

extension StoreFixture {
    init(_ database: SQLiteDatabase, key: String? = nil, time: ManualTime = ManualTime()) {
        let secrets = SecretBox(key: key)
        self.init(
            sites: SQLiteSiteStore(database: database, time: time, secrets: secrets),
            schedule: SQLiteScheduleStore(database: database),
            monitoring: SQLiteMonitoringStore(database: database, time: time),
            maintenance: SQLiteMaintenanceStore(database: database, time: time),
            incidents: SQLiteIncidentStore(database: database, time: time),
            status: SQLiteStatusStore(database: database, time: time),
            channels: SQLiteChannelStore(database: database, time: time, secrets: secrets),
            deliveries: SQLiteDeliveryLog(database: database, time: time),
            tokens: SQLiteTokenStore(database: database, time: time),
            sessions: SQLiteSessionStore(database: database, time: time, secrets: secrets),
            time: time
        )
    }
}

@Suite("The stores in SQLite")
struct StoresConformanceTests {
    private func run(_ conformance: ConformanceCase) async throws {
        try await withStores { fixture, _ in try await conformance.body(fixture) }
    }

    @Test("The site store", arguments: SiteStoreConformance.cases)
    func sites(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The schedule store", arguments: ScheduleStoreConformance.cases)
    func schedule(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The monitoring store", arguments: MonitoringStoreConformance.cases)
    func monitoring(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The monitoring store's history", arguments: HistoryStoreConformance.cases)
    func history(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The maintenance store", arguments: MaintenanceStoreConformance.cases)
    func maintenance(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The incident store", arguments: IncidentStoreConformance.cases)
    func incidents(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The channel store", arguments: ChannelStoreConformance.cases)
    func channels(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The delivery log", arguments: DeliveryLogConformance.cases)
    func deliveries(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The session store", arguments: SessionStoreConformance.cases)
    func sessions(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The token store", arguments: TokenStoreConformance.cases)
    func tokens(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The status page's reads", arguments: StatusStoreConformance.cases)
    func status(_ conformance: ConformanceCase) async throws { try await run(conformance) }
}
