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

    @Test("The monitoring store", arguments: MonitoringStoreConformance.cases)
    func monitoring(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The monitoring store's history", arguments: HistoryStoreConformance.cases)
    func history(_ conformance: ConformanceCase) async throws { try await run(conformance) }

    @Test("The delivery log", arguments: DeliveryLogConformance.cases)
    func deliveries(_ conformance: ConformanceCase) async throws { try await run(conformance) }
}
