import HTTPTypes
import Monitoring
import Notifications
import TestSupport
import Testing

@testable import Web

@Suite struct IncidentsAPITests {
    @Test("An incident is opened, updated by whoever does it, and ended by resolved")
    func life() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            let opened = try await site.api(
                .post,
                "/v1/incidents",
                #"{"title":"Mail is slow","message":"We look.","sites":["\#(id)"]}"#
            )
            #expect(opened.status == 201)
            let path = try #require(opened.headers[.location])
            let incident = try opened.json
            #expect(incident["kind"] == "manual" && incident["state"] == "open")
            #expect(incident["status"] == "investigating" && incident["site"] == .null)
            #expect(incident["sites"] == .array([.string(id.description)]))
            #expect(try await site.api(.get, path).json == incident)
            let listed = try await site.api(.get, "/v1/incidents?open=true&site=\(id)").json["items"]?.array
            #expect(listed?.map { $0["title"]?.string } == ["Mail is slow"] && listed?.first?["updates"] == nil)
            // Who opened it has seen it.
            #expect(try await site.api(.post, path + "/acknowledge").json == incident)
            let update = #"{"status":"resolved","message":"It was <b>a disk</b>."}"#
            let ended = try await site.api(.post, path + "/updates", update, token: .some(nil), door: .socket)
            #expect(ended.status == 201)
            #expect(try ended.json["state"] == "ended")
            let updates = try ended.json["updates"]?.array ?? []
            #expect(updates.map { $0["by"]?.string } == [site.manager, "local"])
            #expect(updates.map { $0["status"]?.string } == ["investigating", "resolved"])
            #expect(
                try await site.api(.post, path + "/updates", #"{"status":"monitoring","message":"a"}"#).status == 409
            )
        }
    }

    @Test("A site's own incident takes updates, is ended by its checks alone, and the refusal says so")
    func ofSite() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            try await site.record(id, .down, after: 60)
            let incident = try #require(try await site.dependencies.monitoring.incidents(IncidentQuery()).first)
            let path = "/v1/incidents/\(incident.id)/updates"
            let updated = try await site.api(.post, path, #"{"status":"identified","message":"A disk."}"#)
            #expect(updated.status == 201)
            #expect(try updated.json["kind"] == "site" && updated.json["siteName"]?.string == incident.siteName)
            let refused = try await site.api(.post, path, #"{"status":"resolved","message":"a"}"#)
            #expect(refused.status == 409)
            #expect(try refused.json["detail"]?.string?.contains("ended by the site's checks alone") == true)
            #expect(
                try await site.api(.post, "/v1/incidents/99/updates", #"{"status":"resolved","message":"a"}"#).status
                    == 404
            )
        }
    }

    @Test(
        "What is wrong is named with its place",
        arguments: [
            ("/v1/incidents", #"{"message":"a"}"#, ["/title"]),
            ("/v1/incidents", #"{"title":"a"}"#, ["/message"]),
            ("/v1/incidents", #"{"title":"a","message":"b","status":"resolved"}"#, ["/status"]),
            ("/v1/incidents", #"{"title":"a","message":"b","sites":["99"]}"#, ["/sites/0"]),
            ("/v1/incidents", #"{"title":"a","message":"b","sites":["x"]}"#, ["/sites/0"]),
            ("/v1/incidents", #"{"title":" a","message":"","at":1}"#, ["/title", "/message", "/at"]),
            ("/v1/incidents/1/updates", #"{"message":"b"}"#, ["/status"]),
            ("/v1/incidents/1/updates", #"{"status":"done","message":"b"}"#, ["/status"]),
            ("/v1/incidents/1/updates", #"{"status":"resolved"}"#, ["/message"]),
        ]
    )
    func refuses(_ path: String, _ document: String, _ pointers: [String]) async throws {
        try await TestSite.with { site in
            _ = try await site.api(.post, "/v1/incidents", #"{"title":"first","message":"a"}"#)
            let answer = try await site.api(.post, path, document)
            #expect(answer.status == 422)
            #expect(try answer.pointers == pointers)
            let reports = try await site.dependencies.incidents.reports(IncidentQuery())
            #expect(reports.count == 1 && reports.first?.updates.count == 1)
        }
    }

    @Test("The pages open an incident, show it with its updates and add one, and a wrong form comes back as it was")
    func pages() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            let name = try #require(try await site.dependencies.sites.site(id)).settings.name
            let wrong = try await site.browser(
                .post,
                "/incidents",
                form: "title=Mail&message=&status=identified&sites=nobody"
            )
            #expect(wrong.status == 422)
            #expect(
                wrong.body.contains("There is no site &quot;nobody&quot;.") && wrong.body.contains("value=\"Mail\"")
            )
            #expect(wrong.body.contains("<option value=\"identified\" selected>"))
            let form =
                "title=Mail+%3Cb%3E&message=One%0D%0Atwo&status=investigating&sites=" + SignInController.encoded(name)
            let opened = try await site.browser(.post, "/incidents", form: form)
            #expect(opened.status == 303)
            let path = try #require(opened.location)
            let page = try await site.browser(.get, path).body
            #expect(page.contains("Mail &lt;b&gt;") && page.contains("One\ntwo") && page.contains(name))
            #expect(page.contains("by dashboard") && page.contains("<option value=\"resolved\">"))
            let list = try await site.browser(.get, "/incidents").body
            #expect(list.contains("Mail &lt;b&gt;") && list.contains("href=\"\(path)\""))
            let empty = try await site.browser(.post, path + "/updates", form: "status=resolved&message=")
            #expect(empty.status == 422 && empty.body.contains("<code>/message</code>"))
            let done = try await site.browser(.post, path + "/updates", form: "status=resolved&message=Done")
            #expect(done.status == 303)
            let after = try await site.browser(.post, path + "/updates", form: "status=monitoring&message=Kept+text")
            #expect(after.status == 422 && after.body.contains("Kept text") && after.body.contains("has ended"))
            #expect(try await site.browser(.get, "/incidents/99").status == 404)
        }
    }
}
