import HTTPTypes
import Monitoring
import Notifications
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct StatusPageTests {
    private static let outside = Door.network(isLoopback: false)

    @Test("The status page needs no token, names sites and their figures, never their addresses or reasons")
    func page() async throws {
        try await TestSite.with { site in
            let settings = SiteSettings(name: "<Shop>", url: "https://secret.example/path", group: "Front")
            let id = try await site.dependencies.sites.add([settings], by: .local)[0].id
            try await site.record(id, .down, after: 0)
            site.time.advance(by: .seconds(3_600))
            let page = try await site.browser(.get, "/status", door: Self.outside)
            #expect(page.status == 200)
            #expect(page.body.contains("Major outage") && page.body.contains("&lt;Shop&gt; is not available"))
            #expect(page.body.contains("1 h down"))
            #expect(!page.body.contains("secret.example") && !page.body.contains("connection refused"))
            #expect(!page.body.contains("<script") && !page.body.contains(" style=") && !page.body.contains("{{"))
            #expect(page.headers[.cacheControl]?.hasPrefix("public, max-age=10") == true)
            let json = try await site.api(.get, "/status.json", token: .some(nil), door: Self.outside)
            #expect(try json.json["status"]?.string == "major_outage")
            #expect(!json.body.contains("secret.example"))
            let tag = try #require(page.headers[.eTag])
            let again = try await site.browser(.get, "/status", headers: [.ifNoneMatch: tag], door: Self.outside)
            #expect(again.status == 304)
        }
    }

    @Test("Where strangers can reach the page, nothing is shown until somebody has chosen it")
    func hidden() async throws {
        try await TestSite.with({ $0.publishesSites = false }) { site in
            let id = try await site.addSite("https://secret.example")
            try await site.record(id, .down, after: 0)
            _ = try await site.api(.post, "/v1/incidents", #"{"title":"Secret","message":"a"}"#)
            for path in ["/status", "/status.json", "/status/history", "/status/feed.rss", "/status/feed.atom"] {
                let page = try await site.browser(.get, path, door: Self.outside)
                #expect(page.status == 200)
                #expect(!page.body.contains("secret.example") && !page.body.contains("Secret"), "\(path)")
            }
            #expect(
                try await site.browser(.get, "/status", door: Self.outside).body.contains("Nothing is published here")
            )
            #expect(try await site.browser(.get, "/badge/\(id).svg", door: Self.outside).status == 404)
        }
    }

    @Test("The sites that are chosen are published at any address in their groups, each once, and no other")
    func chosen() async throws {
        try await TestSite.with({ $0.publishesSites = false }) { site in
            let settings = [
                SiteSettings(name: "Shop", url: "https://a.example", tags: ["prod"]),
                SiteSettings(name: "Mail", url: "https://b.example", tags: ["prod"]),
                SiteSettings(name: "Blog", url: "https://c.example", tags: ["prod"]),
                SiteSettings(name: "Lab", url: "https://d.example"),
            ]
            let ids = try await site.dependencies.sites.add(settings, by: .local).map(\.id)
            let body = """
                {"published":true,"title":"Acme","description":"Ours.","groups":[
                {"name":"Main","sites":["\(ids[2])","\(ids[0])"]},{"name":"Rest","tags":["prod"]}]}
                """
            let chosen = try await site.api(.put, "/v1/status-page", body)
            #expect(chosen.status == 200)
            let json = try await site.api(.get, "/status.json", token: .some(nil), door: Self.outside).json
            #expect(json["title"] == "Acme" && json["description"] == "Ours.")
            let groups = json["groups"]?.array ?? []
            #expect(groups.map { $0["name"]?.string } == ["Main", "Rest"])
            let names = groups.map { $0["sites"]?.array?.compactMap { $0["name"]?.string } }
            #expect(names == [["Blog", "Shop"], ["Mail"]])
            #expect(!(try await site.browser(.get, "/status", door: Self.outside).body.contains("Lab")))
            #expect(try await site.browser(.get, "/badge/Lab.svg", door: Self.outside).status == 404)
            #expect(try await site.browser(.get, "/badge/Mail.svg", door: Self.outside).status == 200)
            _ = try await site.api(.put, "/v1/status-page", #"{"published":false}"#)
            site.time.advance(by: StatusPageController.lifetime)
            #expect(!(try await site.browser(.get, "/status", door: Self.outside).body.contains("Shop")))
        }
    }

    @Test("The choice is read and replaced with its ETag, and what is wrong is named with its place")
    func choice() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            let first = try await site.api(.get, "/v1/status-page")
            #expect(try first.json["published"] == .null && first.json["groups"] == [])
            let tag = try #require(first.headers[.eTag])
            let match: HTTPFields = [.ifMatch: tag]
            let body = #"{"published":true,"groups":[{"name":"a","sites":["\#(id)"]}]}"#
            let put = try await site.api(.put, "/v1/status-page", body, headers: match)
            #expect(put.status == 200)
            #expect(try await site.api(.get, "/v1/status-page").json == put.json)
            #expect(try await site.api(.put, "/v1/status-page", body, headers: match).status == 412)
            #expect(
                try await site.api(.get, "/v1/status-page", headers: [.ifNoneMatch: put.headers[.eTag] ?? ""]).status
                    == 304
            )
            // A site that is gone by now may stay in the list.
            try await site.dependencies.sites.remove(id, by: .local)
            #expect(try await site.api(.put, "/v1/status-page", body).status == 200)
            let cases: [(String, [String])] = [
                (#"{}"#, ["/published"]), (#"[]"#, [""]), (#"{"published":"yes"}"#, ["/published"]),
                (#"{"published":true,"groups":[{"name":"b"}]}"#, ["/groups/0/sites"]),
                (#"{"published":true,"groups":[{"tags":["x"]}]}"#, ["/groups/0/name"]),
                (#"{"published":true,"groups":[{"name":"b","sites":["99"]}]}"#, ["/groups/0/sites/0"]),
                (
                    #"{"published":true,"groups":[{"name":"b","tags":["x"]},{"name":"b","tags":["y"]}]}"#,
                    ["/groups/1/name"]
                ),
                (#"{"published":true,"groups":[1]}"#, ["/groups/0"]),
                (#"{"published":true,"revision":1}"#, ["/revision"]),
                (#"{"published":true,"title":"","colour":1}"#, ["/title", "/colour"]),
            ]
            for (document, pointers) in cases {
                let answer = try await site.api(.put, "/v1/status-page", document)
                #expect(answer.status == 422, "\(document)")
                #expect(try answer.pointers == pointers, "\(document)")
            }
            #expect(try await site.api(.get, "/v1/status-page").json == put.json)
        }
    }

    @Test("The dashboard's form is saved where a site that it names was deleted meanwhile, and takes no other such")
    func deletedSite() async throws {
        try await TestSite.with { site in
            let shop = SiteSettings(name: "Shop", url: "https://a.example")
            let id = try await site.dependencies.sites.add([shop], by: .local)[0].id
            let document = #"{"published":true,"groups":[{"name":"Main","sites":["\#(id)"],"tags":["prod"]}]}"#
            #expect(try await site.api(.put, "/v1/status-page", document).status == 200)
            try await site.dependencies.sites.remove(id, by: .local)
            let page = try await site.browser(.get, "/status-page").body
            #expect(page.contains("\n\(id)<") || page.contains(">\(id)<"), "\(page)")
            let form = "published=on&title=Acme&group.0.name=Main&group.0.tags=prod&group.0.sites="
            #expect(try await site.browser(.post, "/status-page", form: "revision=1&\(form)\(id)").status == 303)
            #expect(try await site.dependencies.status.choice().settings?.groups.first?.sites == [id])
            #expect(try await site.browser(.post, "/status-page", form: "revision=2&\(form)77").status == 422)
        }
    }

    @Test("The dashboard's form chooses what is published, keeps what was typed, and sees another's change")
    func editor() async throws {
        try await TestSite.with { site in
            let shop = SiteSettings(name: "Shop & co", url: "https://a.example")
            let id = try await site.dependencies.sites.add([shop], by: .local)[0].id
            let undecided = try await site.browser(.get, "/status-page").body
            #expect(undecided.contains("Nobody has chosen yet") && undecided.contains("name=\"group.0.name\""))
            let group = "group.0.name=Main&group.0.sites=Shop+%26+co&group.1.name=Rest&group.1.tags=a%2C+b"
            let form = "revision=0&published=on&title=Acme&description=One%0D%0Atwo&\(group)"
            let saved = try await site.browser(.post, "/status-page", form: form)
            #expect(saved.status == 303)
            let settings = try #require(try await site.dependencies.status.choice().settings)
            let groups: [StatusPageSettings.Group] = [
                .init(name: "Main", sites: [id]), .init(name: "Rest", tags: ["a", "b"]),
            ]
            #expect(
                settings == StatusPageSettings(published: true, title: "Acme", description: "One\ntwo", groups: groups)
            )
            let page = try await site.browser(.get, "/status-page").body
            #expect(page.contains("Shop &amp; co") && page.contains("name=\"group.2.name\""))
            let wrong = try await site.browser(
                .post,
                "/status-page",
                form: form.replacing("Shop+%26+co", with: "Nobody")
            )
            #expect(wrong.status == 422 && wrong.body.contains("<code>/groups/0/sites/0</code>"))
            #expect(wrong.body.contains(">Nobody</textarea>"))
            let late = try await site.browser(.post, "/status-page", form: form)
            #expect(late.status == 409 && late.body.contains("has been changed meanwhile"))
            #expect(late.body.contains("name=\"revision\" value=\"1\""))
            let hiding = try await site.browser(.post, "/status-page", form: "revision=1&title=Acme")
            #expect(hiding.status == 303)
            #expect(try await site.browser(.get, "/status-page").body.contains("The page is not published"))
        }
    }

    @Test(
        "Of an address that stands for a name only the host is shown",
        arguments: [("https://u:p@a.example/x?token=1", "a.example"), ("Shop", "Shop"), ("https://", "Site")]
    )
    func names(name: String, shown: String) {
        #expect(PublishedSites.publicName(name) == shown)
    }

    @Test("The page is renewed after some seconds, not with every request")
    func renewal() async throws {
        try await TestSite.with { site in
            let first = try await site.browser(.get, "/status")
            let shop = SiteSettings(name: "Shop", url: "https://a.example")
            _ = try await site.dependencies.sites.add([shop], by: .local)
            #expect(try await site.browser(.get, "/status").body == first.body)
            site.time.advance(by: StatusPageController.lifetime)
            #expect(try await site.browser(.get, "/status").body.contains("Shop"))
        }
    }

    /// PITFALLS 25: a query per site makes the page of many take a minute.
    @Test("The page is as many reads for one site as for a hundred")
    func reads() async throws {
        var counts: [Int] = []
        for count in [1, 100] {
            let reads = CountedReads()
            try await TestSite.with { site in
                let settings = (0..<count).map { SiteSettings(url: "https://\($0).example", tags: ["t"]) }
                let ids = try await site.dependencies.sites.add(settings, by: .local).map(\.id)
                for id in ids { try await site.record(id, .down, after: 0) }
                let document = #"{"published":true,"groups":[{"name":"a","tags":["t"]}]}"#
                #expect(try await site.api(.put, "/v1/status-page", document).status == 200)
                var dependencies = site.dependencies
                dependencies.status = CountingStatusStore(store: site.dependencies.status, reads: reads)
                dependencies.incidents = CountingIncidentStore(store: site.dependencies.incidents, reads: reads)
                let page = try await StatusPageReader(dependencies).page(at: site.time.now())
                #expect(page.lines.count == count && page.open.count == count)
            }
            counts.append(reads.count.withLock { $0 })
        }
        #expect(counts == [5, 5])
    }
}

private final class CountedReads: Sendable {
    let count = Mutex(0)

    func add() { count.withLock { $0 += 1 } }
}

private struct CountingStatusStore: StatusStore {
    let store: any StatusStore
    let reads: CountedReads

    func choice() async throws -> StatusPageChoice {
        reads.add()
        return try await store.choice()
    }

    func choose(_ settings: StatusPageSettings, revision: Int?, by author: Author) async throws -> StatusPageChoice {
        try await store.choose(settings, revision: revision, by: author)
    }

    func standings(of selection: SiteSelection, limit: Int) async throws -> [SiteStanding] {
        reads.add()
        return try await store.standings(of: selection, limit: limit)
    }

    func outages(of sites: [SiteID], in span: Range<Timestamp>) async throws -> [Outage] {
        reads.add()
        return try await store.outages(of: sites, in: span)
    }
}

private struct CountingIncidentStore: IncidentStore {
    let store: any IncidentStore
    let reads: CountedReads

    func open(_ opening: IncidentOpening, by author: Author) async throws -> IncidentReport {
        try await store.open(opening, by: author)
    }

    func add(_ message: IncidentMessage, to id: IncidentID, by author: Author) async throws -> IncidentReport {
        try await store.add(message, to: id, by: author)
    }

    func report(_ id: IncidentID) async throws -> IncidentReport? {
        reads.add()
        return try await store.report(id)
    }

    func reports(_ query: IncidentQuery) async throws -> [IncidentReport] {
        reads.add()
        return try await store.reports(query)
    }

    func manualIncidents(in span: Range<Timestamp>, limit: Int) async throws -> [ManualIncident] {
        reads.add()
        return try await store.manualIncidents(in: span, limit: limit)
    }

    func updates(of incidents: [IncidentID]) async throws -> [IncidentUpdate] {
        reads.add()
        return try await store.updates(of: incidents)
    }
}
