import Monitoring
import Notifications
import PostgresBackend
import StoredForms
import TestSupport
import Testing

@Suite("The stores in PostgreSQL", .sharedPostgresServer)
struct StoresConformanceTests {
    private func run(_ conformance: ConformanceCase) async throws {
        try await conformance.body(StoreFixture(try await PostgresDatabase.forTest()))
    }

    @Test("The site store", arguments: SiteStoreConformance.cases)
    func sites(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The schedule store", arguments: ScheduleStoreConformance.cases)
    func schedule(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The incident store", arguments: IncidentStoreConformance.cases)
    func incidents(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The channel store", arguments: ChannelStoreConformance.cases)
    func channels(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The session store", arguments: SessionStoreConformance.cases)
    func sessions(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The token store", arguments: TokenStoreConformance.cases)
    func tokens(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The monitoring store", arguments: MonitoringStoreConformance.cases)
    func monitoring(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The maintenance store", arguments: MaintenanceStoreConformance.cases)
    func maintenance(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The monitoring store's history", arguments: HistoryStoreConformance.cases)
    func history(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The delivery log", arguments: DeliveryLogConformance.cases)
    func deliveries(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The status page's reads", arguments: StatusStoreConformance.cases)
    func status(_ conformance: ConformanceCase) async throws { try await run(conformance) }
}
