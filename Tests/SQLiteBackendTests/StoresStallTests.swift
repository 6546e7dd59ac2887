import GRDB
import Monitoring
import SQLiteBackend
import TestSupport
import Testing

@Suite("A database that stalls")
struct StoresStallTests {
    /// PITFALLS 23: one database stall marked everything down.
    @Test("a stall of the database marks nothing down, and what is recorded after it is whole")
    func stallMarksNothingDown() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/tocsin.db"
            let database = try SQLiteDatabase(path: path, busyTimeout: .milliseconds(20))
            let fixture = StoreFixture(database)
            let sites = try await fixture.sites.add(
                (0..<20).map { SiteSettings(url: "https://\($0).example/") },
                by: Author(name: "tester")
            )
            let start = fixture.time.now()
            _ = try await fixture.monitoring.record(sites.map { .of($0, .up, at: start) })

            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: path, configuration: configuration)
            let batch = sites.map { CheckResult.of($0, .up, at: start + .seconds(60)) }
            try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
            try await expectStoreError(.unavailable) { _ = try await fixture.monitoring.record(batch) }
            // Reading goes on meanwhile.
            #expect(try await fixture.sites.statusCounts() == [.up: 20])
            try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }

            // The stall was long: the slots that were missed are no failures, and their late results are history.
            let later = sites.map { CheckResult.of($0, .up, at: start + .seconds(3_600)) }
            #expect(try await fixture.monitoring.record(later) == sites.map { _ in .recorded([]) })
            #expect(try await fixture.monitoring.record(batch) == sites.map { _ in .history })
            #expect(try await fixture.sites.statusCounts() == [.up: 20])
            #expect(try await fixture.monitoring.outbox(limit: 1).isEmpty)
            #expect(try await fixture.monitoring.incidents(IncidentQuery()).isEmpty)
        }
    }
}
