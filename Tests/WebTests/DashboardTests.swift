import SQLiteBackend
import Foundation
import HTTPTypes
import Monitoring
import Notifications
import Testing

@testable import Web

@Suite struct DashboardTests {
    @Test("The first page lists every site with its state in words, and escapes what users wrote")
    func list() async throws {
        try await TestSite.with { site in
            let up = try await site.addSite("https://up.example")
            let down = try await site.addSite("https://down.example")
            _ = try await site.api(.patch, "/v1/sites/\(up)", #"{"name":"<script>alert(1)</script>"}"#)
            try await site.record(down, .down, after: 60)
            let page = try await site.browser(.get, "/")
            #expect(page.status == 200)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.body.contains("id=\"site-\(up)\"") && page.body.contains("id=\"site-\(down)\""))
            #expect(page.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
            #expect(!page.body.contains("<script>alert"))
            #expect(page.body.contains("connection refused"))
            #expect(page.body.contains("aria-label=\"Last 1 checks: 1 down\""))
            #expect(page.body.contains("<span>Down</span>"))
        }
    }

    @Test("No page has inline scripts or styles, or anything of another origin")
    func strictContent() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            try await site.record(id, .down, after: 60)
            for path in [
                "/", "/sites/new", "/sites/\(id)", "/sites/\(id)/edit", "/incidents", "/incidents/1", "/incidents/new",
                "/status-page",
                "/maintenance", "/channels",
                "/dead-letters", "/system", "/sign-in",
            ] {
                let page = try await site.browser(.get, path)
                #expect(page.status == 200, "\(path)")
                #expect(!page.body.contains(" style=") && !page.body.contains("<style"), "\(path)")
                #expect(!page.body.contains("onclick=") && !page.body.contains("javascript:"), "\(path)")
                let sources = page.body.matches(of: /(?:src|href)="(?<target>[^"]*)"/).map { String($0.output.target) }
                for source in sources where source != "https://example.com" {
                    #expect(source.hasPrefix("/") || source.hasPrefix("#"), "\(path): \(source)")
                }
                #expect(!page.body.contains("{{"), "\(path)")
            }
        }
    }

    @Test("A site is added, edited, paused, resumed, checked and deleted by forms")
    func forms() async throws {
        try await TestSite.with { site in
            let form =
                "url=https%3A%2F%2Fa.example&name=Shop&interval=30s&tags=eu%2C+prod&verifyTLS=on&certificateDays=14"
            let added = try await site.browser(.post, "/sites", form: form)
            #expect(added.status == 303)
            let path = try #require(added.location)
            let id = try #require(SiteID(path.dropFirst("/sites/".count)))
            let kept = try #require(try await site.dependencies.sites.site(id)).settings
            #expect(
                kept
                    == SiteSettings(
                        name: "Shop",
                        url: "https://a.example",
                        interval: .seconds(30),
                        tags: ["eu", "prod"]
                    )
            )
            #expect(try await site.stream.backlog().waiting == 1)

            let edited = try await site.browser(.post, path + "/edit", form: form + "&keyword=Welcome")
            #expect(edited.status == 303)
            #expect(try await site.dependencies.sites.site(id)?.settings.expect.body == "Welcome")
            #expect(try await site.browser(.post, path + "/pause", form: "").status == 303)
            #expect(try await site.dependencies.sites.site(id)?.settings.paused == true)
            #expect(try await site.browser(.post, path + "/check", form: "").status == 409)
            #expect(try await site.browser(.post, path + "/resume", form: "").status == 303)
            #expect(try await site.browser(.post, path + "/check", form: "").status == 303)
            #expect(try await site.browser(.post, path + "/delete", form: "").location == "/")
            #expect(try await site.browser(.get, path).status == 404)
        }
    }

    @Test("A wrong form comes back with what was typed and what is wrong beside each field")
    func wrongForm() async throws {
        try await TestSite.with { site in
            let answer = try await site.browser(.post, "/sites", form: "url=ftp%3A%2F%2Fx&interval=0s&timeout=soon")
            #expect(answer.status == 422)
            #expect(answer.body.contains("value=\"ftp://x\"") && answer.body.contains("3 fields are wrong"))
            #expect(answer.body.contains("Sites of ftp:// can"))
            #expect(answer.body.contains("<details class=\"more\" open>"))
            #expect(try await site.dependencies.sites.overviews(SiteQuery()).items.isEmpty)
        }
    }

    @Test("An edit that leaves hidden headers alone keeps their values")
    func hiddenHeaders() async throws {
        try await TestSite.with { site in
            let settings = SiteSettings(url: "https://a.example", headers: ["Authorization": "Bearer s3cret"])
            let id = try await site.dependencies.sites.add([settings], by: .local)[0].id
            let page = try await site.browser(.get, "/sites/\(id)/edit")
            #expect(page.body.contains("Authorization: (hidden)") && !page.body.contains("s3cret"))
            let form = "url=https%3A%2F%2Fa.example&name=A&headers=Authorization%3A+%28hidden%29&verifyTLS=on"
            #expect(try await site.browser(.post, "/sites/\(id)/edit", form: form).status == 303)
            #expect(try await site.dependencies.sites.site(id)?.settings.headers == settings.headers)
        }
    }

    @Test("Channels, incidents and dead letters are worked with by forms")
    func otherForms() async throws {
        try await TestSite.with { site in
            let form = "type=webhook&name=ops&webhook.url=https%3A%2F%2Fhooks.example"
            let added = try await site.browser(.post, "/channels", form: form)
            #expect(added.status == 200 && added.body.contains("whsec_"))
            #expect(try await site.browser(.post, "/channels", form: form).status == 422)
            let channel = try #require(try await site.dependencies.channels.channels().first)
            #expect(try await site.browser(.post, "/channels/\(channel.id)/test", form: "").body.contains("It arrived"))
            #expect(try await site.browser(.post, "/channels/\(channel.id)/pause", form: "").status == 303)
            #expect(try await site.browser(.get, "/channels").body.contains("<span>Paused</span>"))
            #expect(try await site.browser(.get, "/channels/\(channel.id)").status == 200)
            #expect(try await site.browser(.post, "/channels/\(channel.id)/delete", form: "").status == 303)

            let id = try await site.addSite()
            try await site.record(id, .down, after: 60)
            let incident = try #require(try await site.dependencies.monitoring.incidents(IncidentQuery()).first)
            #expect(try await site.browser(.post, "/incidents/\(incident.id)/acknowledge", form: "").status == 303)
            #expect(try await site.browser(.get, "/incidents").body.contains("acknowledged by dashboard"))

            let letters = try await site.bury(["not json", "[]"])
            #expect(try await site.browser(.get, "/dead-letters").body.contains("not an event"))
            #expect(try await site.browser(.post, "/dead-letters/\(letters[0])/replay", form: "").status == 303)
            #expect(try await site.browser(.post, "/dead-letters/\(letters[1])/discard", form: "").status == 303)
            #expect(try await site.dependencies.queue.counts().dead == 0)
        }
    }

    @Test("Ten thousand sites are shown a hundred at a time")
    func manySites() async throws {
        try await TestSite.with { site in
            let settings = (0..<250).map { SiteSettings(url: "https://\($0).example", tags: ["t"]) }
            _ = try await site.dependencies.sites.add(settings, by: .local)
            let first = try await site.browser(.get, "/?tag=t")
            #expect(first.body.components(separatedBy: "class=\"row site\"").count == 101)
            let next = try #require(first.body.firstMatch(of: /href="(?<target>[^"]*)" rel="next"/)?.output.target)
            let path = String(next).replacing("&amp;", with: "&")
            #expect(path.contains("tag=t"))
            let second = try await site.browser(.get, path)
            #expect(second.body.components(separatedBy: "class=\"row site\"").count == 101)
        }
    }

    @Test("Files of the dashboard are kept by browsers for as long as they are the same")
    func assets() async throws {
        try await TestSite.with { site in
            let page = try await site.browser(.get, "/")
            let style = try #require(page.body.firstMatch(of: /href="(?<path>\/assets\/styles[^"]*)"/)?.output.path)
            let answer = try await site.browser(.get, String(style))
            #expect(answer.status == 200 && answer.headers[.contentType]?.hasPrefix("text/css") == true)
            #expect(answer.headers[.cacheControl]?.contains("immutable") == true)
            let tag = try #require(answer.headers[.eTag])
            #expect(
                try await site.browser(.get, "/assets/styles/tocsin.css", headers: [.ifNoneMatch: tag]).status == 304
            )
            #expect(try await site.browser(.get, "/assets/templates/layout.mustache").status == 404)
        }
    }
}
