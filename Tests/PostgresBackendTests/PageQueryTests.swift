import Foundation
import Monitoring
import Notifications
import TestSupport
import Testing

@testable import PostgresBackend

/// PITFALLS 25: a query per monitor makes a page of many take a minute.
@Suite("The queries of pages in PostgreSQL")
struct PageQueryTests {
    /// What the pages and the metrics read.
    private static let reads: [(name: String, read: @Sendable (StoreFixture) async throws -> Void)] = [
        ("list", { _ = try await $0.sites.overviews(SiteQuery(order: .trouble, limit: 500, beats: 50)) }),
        ("list by name", { _ = try await $0.sites.overviews(SiteQuery(order: .name, limit: 500, beats: 50)) }),
        ("search", { _ = try await $0.sites.overviews(SiteQuery(limit: 500, search: "example", beats: 50)) }),
        ("labels", { _ = try await $0.sites.labels() }),
        ("counts", { _ = try await $0.sites.statusCounts() }),
        ("missed", { _ = try await $0.schedule.missedSlots(region: Region.default) }),
        ("standings", { _ = try await $0.status.standings(of: .all, limit: 500) }),
        (
            "outages",
            {
                _ = try await $0.status.outages(
                    of: (1...500).map { SiteID(rawValue: $0) },
                    in: Timestamp(milliseconds: 0)..<$0.time.now()
                )
            }
        ),
        ("incidents", { _ = try await $0.monitoring.incidents(IncidentQuery(limit: 500)) }),
        ("windows", { _ = try await $0.maintenance.windows(MaintenanceQuery(limit: 100)) }),
        ("channels", { _ = try await $0.channels.channels() }),
        ("results", { _ = try await $0.monitoring.results(ResultQuery(site: SiteID(rawValue: 1), limit: 20)) }),
        (
            "uptime",
            {
                _ = try await $0.monitoring.uptime(
                    SiteID(rawValue: 1),
                    from: $0.time.now() - .seconds(90 * 86_400),
                    to: $0.time.now()
                )
            }
        ),
        (
            "latency",
            {
                _ = try await $0.monitoring.latency(
                    SiteID(rawValue: 1),
                    from: $0.time.now() - .seconds(90 * 86_400),
                    to: $0.time.now(),
                    buckets: 48
                )
            }
        ),
        (
            "phases",
            {
                _ = try await $0.monitoring.phases(
                    SiteID(rawValue: 1),
                    from: $0.time.now() - .seconds(90 * 86_400),
                    to: $0.time.now(),
                    buckets: 48
                )
            }
        ),
    ]

    @Test("nothing that a page reads takes more queries for three hundred sites than for three")
    func constant() async throws {
        try await withPostgresServer(settings: ["log_statement=all"]) { server in
            let store = StoreFixture(try await PostgresDatabase.on(server))
            try await add(3, to: store)
            let few = try await counts(store, server, "few")
            #expect(few.allSatisfy { $0 > 0 }, "\(few)")
            try await add(297, to: store)
            let many = try await counts(store, server, "many")
            for (index, count) in many.enumerated() {
                #expect(count > 0 && count <= few[index], "\(Self.reads[index].name): \(few[index]), then \(count)")
            }
        }
    }

    private func add(_ count: Int, to store: StoreFixture) async throws {
        let first = try await store.sites.overviews(SiteQuery(limit: 1_000)).items.count
        let sites = try await store.sites.add(
            (first..<first + count).map { SiteSettings(url: "https://\($0).example/", tags: ["shop"]) },
            by: Author(name: "tester")
        )
        let start = store.time.now()
        _ = try await store.monitoring.record(
            sites.flatMap { site in
                (0..<3).map { .of(site, site.id.rawValue.isMultiple(of: 3) ? .down : .up, at: start + .seconds($0)) }
            }
        )
        store.time.advance(by: .seconds(60))
    }

    /// How many statements each reading makes, by the server's own log.
    private func counts(_ store: StoreFixture, _ server: PostgresServer, _ round: String) async throws -> [Int] {
        for (name, read) in Self.reads {
            try await mark("before \(name)", store)
            try await read(store)
            try await mark("after \(name)", store)
        }
        // The log is written by a process of its own.
        try await mark("the end of \(round)", store)
        try await eventually("the log has it all") { server.log.contains("the end of \(round)'") }
        let log = server.log
        let counts = Self.reads.map { name, _ in
            guard let begin = log.range(of: "before \(name)'", options: .backwards),
                let end = log.range(of: "after \(name)'", options: .backwards)
            else { return 0 }
            // The statement of the second mark is logged before its parameters.
            return log[begin.upperBound..<end.lowerBound].split(separator: "\n").count { line in
                line.contains("LOG:  execute") && (line.contains("SELECT") || line.contains("WITH"))
            } - 1
        }
        return counts
    }

    private func mark(_ text: String, _ store: StoreFixture) async throws {
        _ = try await store.sites.site(named: text)
    }
}
