import Foundation
import GRDB
import HTTPTypes
import Monitoring
import Notifications
import SQLiteBackend
import Synchronization
import TestSupport
import Testing

@testable import Web

/// PITFALLS 25: a query per monitor makes a page of many take a minute.
@Suite struct PageQueryTests {
    private static let pages = [
        "/", "/?sort=name", "/?tag=shop", "/?search=example", "/?status=down", "/sites/1", "/sites/1?window=90d",
        "/incidents", "/maintenance", "/channels", "/dead-letters", "/system", "/status", "/status/history",
        "/status-page", "/metrics",
    ]
    private static let lists = ["/v1/sites?limit=500", "/v1/incidents?limit=500", "/v1/maintenance", "/v1/status"]

    @Test("No page and no list asks the database more often for three hundred sites than for three")
    func constant() async throws {
        try await TestSite.with { site in
            let queries = Mutex<[String]>([])
            try await follow(site.database.pool) { sql in queries.withLock { $0.append(sql) } }
            func counts() async throws -> [String: Int] {
                var counts: [String: Int] = [:]
                for path in Self.pages + Self.lists {
                    // What was read a moment ago is not read again.
                    site.time.advance(by: .seconds(60))
                    queries.withLock { $0 = [] }
                    let isPage = Self.pages.contains(path)
                    let answer = try await isPage ? site.browser(.get, path) : site.api(.get, path)
                    #expect(answer.status == 200, "\(path)")
                    counts[path] = queries.withLock { $0.count }
                }
                return counts
            }
            try await add(3, to: site)
            let few = try await counts()
            #expect(few.values.allSatisfy { $0 > 0 }, "\(few)")
            try await add(297, to: site)
            let many = try await counts()
            for (path, count) in many { #expect(count > 0 && count <= few[path] ?? 0, "\(path)") }
        }
    }

    /// Sites with results, every third of them down, and a window for each.
    private func add(_ count: Int, to site: TestSite) async throws {
        let first = try await site.dependencies.sites.overviews(SiteQuery(limit: 1_000)).items.count
        let settings = (first..<first + count).map {
            SiteSettings(url: "https://\($0).example", headers: ["A": "b"], tags: ["shop"])
        }
        for added in try await site.dependencies.sites.add(settings, by: .local) {
            try await site.record(added.id, added.id.rawValue.isMultiple(of: 3) ? .down : .up, after: 1)
            try await site.record(added.id, added.id.rawValue.isMultiple(of: 3) ? .down : .up, after: 2)
        }
        let names = "[" + (first..<first + min(count, 50)).map { "\"\($0 + 1)\"" }.joined(separator: ",") + "]"
        let document = #"{"title":"Disks","start":"2027-03-01T22:00:00Z","duration":"2h","sites":\#(names)}"#
        #expect(try await site.api(.post, "/v1/maintenance", document).status == 201)
    }

    /// Tells of each reading statement, whichever connection makes it: all readers are held at once, so that none is left
    /// out.
    private func follow(_ pool: DatabasePool, _ tell: @escaping @Sendable (String) -> Void) async throws {
        let readers = pool.configuration.maximumReaderCount
        let held = DispatchSemaphore(value: 0)
        let gate = DispatchSemaphore(value: 0)
        let trace: @Sendable (Database) -> Void = { db in
            db.trace { event in
                let sql = "\(event)"
                if sql.hasPrefix("SELECT") || sql.hasPrefix("WITH") { tell(sql) }
            }
        }
        try await withThrowingTaskGroup { group in
            for _ in 0..<readers {
                group.addTask {
                    try await pool.read { db in
                        trace(db)
                        held.signal()
                        gate.wait()
                    }
                }
            }
            try await pool.writeWithoutTransaction { db in
                trace(db)
                for _ in 0..<readers { held.wait() }
                for _ in 0..<readers { gate.signal() }
            }
            try await group.waitForAll()
        }
    }
}
