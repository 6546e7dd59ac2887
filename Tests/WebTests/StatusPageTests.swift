import HTTPTypes
import Monitoring
import Notifications
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct StatusPageTests {
    @Test("The status page needs no token, names sites and their figures, never their addresses or reasons")
    func page() async throws {
        try await TestSite.with { site in
            let settings = SiteSettings(name: "<Shop>", url: "https://secret.example/path", group: "Front")
            let id = try await site.dependencies.sites.add([settings], by: .local)[0].id
            try await site.record(id, .down, after: 0)
            site.time.advance(by: .seconds(3_600))
            let outside = Door.network(isLoopback: false)
            let page = try await site.browser(.get, "/status", door: outside)
            #expect(page.status == 200)
            #expect(page.body.contains("Major outage") && page.body.contains("&lt;Shop&gt;"))
            #expect(page.body.contains("1 h down"))
            #expect(!page.body.contains("secret.example") && !page.body.contains("connection refused"))
            #expect(!page.body.contains("<script") && !page.body.contains(" style=") && !page.body.contains("{{"))
            #expect(page.headers[.cacheControl]?.hasPrefix("public, max-age=10") == true)
            let json = try await site.api(.get, "/status.json", token: .some(nil), door: outside)
            #expect(try json.json["status"]?.string == "major_outage")
            #expect(!json.body.contains("secret.example"))
            let tag = try #require(page.headers[.eTag])
            let again = try await site.browser(.get, "/status", headers: [.ifNoneMatch: tag], door: outside)
            #expect(again.status == 304)
        }
    }

    @Test("Where strangers can reach the page, nothing is shown by default")
    func hidden() async throws {
        try await TestSite.with({ $0.publishesSites = false }) { site in
            _ = try await site.addSite("https://secret.example")
            let page = try await site.browser(.get, "/status", door: .network(isLoopback: false))
            #expect(page.status == 200 && !page.body.contains("secret.example"))
            #expect(page.body.contains("Nothing is published here"))
        }
    }

    @Test(
        "Of an address that stands for a name only the host is shown",
        arguments: [("https://u:p@a.example/x?token=1", "a.example"), ("Shop", "Shop"), ("https://", "Site")]
    )
    func names(name: String, shown: String) {
        #expect(StatusPageView.publicName(name) == shown)
    }

    @Test("The page is renewed after some seconds, not with every request")
    func renewal() async throws {
        try await TestSite.with { site in
            let first = try await site.browser(.get, "/status")
            let shop = SiteSettings(name: "Shop", url: "https://a.example")
            _ = try await site.dependencies.sites.add([shop], by: .local)
            #expect(try await site.browser(.get, "/status").body == first.body)
            site.time.advance(by: StatusPageCache.lifetime)
            #expect(try await site.browser(.get, "/status").body.contains("Shop"))
        }
    }

    /// PITFALLS 25: a query per site makes the page of many take a minute.
    @Test("The page is two reads, whatever the number of its sites", arguments: [1, 100])
    func reads(count: Int) async throws {
        try await TestSite.with { site in
            let settings = (0..<count).map { SiteSettings(url: "https://\($0).example") }
            _ = try await site.dependencies.sites.add(settings, by: .local)
            let store = CountingStatusStore(store: site.dependencies.status)
            let page = try await StatusPage.read(store, showsSites: true, at: site.time.now())
            #expect(page.groups.flatMap(\.lines).count == count)
            #expect(store.reads.withLock { $0 } == 2)
        }
    }
}

private final class CountingStatusStore: StatusStore {
    let reads = Mutex(0)
    private let store: any StatusStore

    init(store: any StatusStore) {
        self.store = store
    }

    func standings(limit: Int) async throws -> [SiteStanding] {
        reads.withLock { $0 += 1 }
        return try await store.standings(limit: limit)
    }

    func outages(of sites: [SiteID], since moment: Timestamp) async throws -> [Outage] {
        reads.withLock { $0 += 1 }
        return try await store.outages(of: sites, since: moment)
    }
}
