import HTTPTypes
import Monitoring
import Notifications
import TestSupport
import Testing

@testable import Web

@Suite struct MaintenanceAPITests {
    @Test("A window is added, read, changed with its ETag, ended and removed")
    func life() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            let start = site.time.now().rfc3339
            let added = try await site.api(
                .post,
                "/v1/maintenance",
                """
                {"title":"New disks","sites":["\(id)"],"start":"\(start)","duration":"2h",\
                "rrule":"freq=weekly","zone":"Europe/Berlin"}
                """
            )
            #expect(added.status == 201)
            let tag = try #require(added.headers[.eTag])
            let path = try #require(added.headers[.location])
            let window = try added.json
            #expect(window["state"] == "active")
            #expect(window["rrule"] == "FREQ=WEEKLY")
            #expect(window["upcoming"]?.array?.count == 3)
            #expect(window["upcoming"]?.array?.first?["start"]?.string == start)
            #expect(window["summary"]?.string?.hasPrefix("Every week on ") == true)
            #expect(try await site.api(.get, "/v1/sites/\(id)").json["state"] == "maintenance")
            #expect(try await site.api(.get, path).json == window)
            #expect(try await site.api(.get, "/v1/maintenance").json["items"]?.array?.count == 1)
            #expect(try await site.api(.get, "/v1/maintenance?state=upcoming").json["items"]?.array?.isEmpty == true)
            #expect(try await site.api(.get, "/v1/maintenance?state=over").status == 400)

            let patch: HTTPFields = [.ifMatch: tag, .contentType: "application/merge-patch+json"]
            let changed = try await site.api(.patch, path, #"{"duration":"1h","title":"Disks"}"#, headers: patch)
            #expect(changed.status == 200)
            #expect(try changed.json["duration"] == "1h")
            #expect(try await site.api(.patch, path, #"{"title":"Other"}"#, headers: patch).status == 412)
            let end = (site.time.now() + .seconds(1_800)).rfc3339
            #expect(try await site.api(.patch, path, #"{"end":"\#(end)"}"#).json["duration"] == "30m")

            let ended = try await site.api(.post, path + "/end")
            #expect(ended.status == 200)
            #expect(try ended.json["state"] == "upcoming")
            #expect(try await site.api(.get, "/v1/sites/\(id)").json["state"] == "pending")
            #expect(try await site.api(.post, path + "/end").status == 409)
            #expect(try await site.api(.delete, path).status == 204)
            #expect(try await site.api(.get, path).status == 404)
        }
    }

    @Test(
        "What is wrong is named with its place",
        arguments: [
            (#"{"start":"2027-03-01T22:00:00Z","duration":"2h","all":true}"#, "/title"),
            (#"{"title":"a","duration":"2h","all":true}"#, "/start"),
            (#"{"title":"a","start":"2027-03-01T22:00:00Z","all":true}"#, "/end"),
            (#"{"title":"a","start":"2027-03-01T22:00:00Z","end":"2027-03-01T21:00:00Z","all":true}"#, "/end"),
            (#"{"title":"a","start":"2027-03-01T22:00:00Z","duration":"91d","all":true}"#, "/duration"),
            (#"{"title":"a","start":"2027-03-01T22:00:00Z","duration":"2h"}"#, "/sites"),
            (#"{"title":"a","start":"2027-03-01T22:00:00Z","duration":"2h","all":true,"tags":["a"]}"#, "/all"),
            (#"{"title":"a","start":"2027-03-01T22:00:00Z","duration":"2h","sites":["99"]}"#, "/sites/0"),
            (#"{"title":"a","start":"2027-03-01T22:00:00Z","duration":"2h","all":true,"zone":"CET"}"#, "/zone"),
            (#"{"title":"a","start":"tomorrow","duration":"2h","all":true}"#, "/start"),
            (#"{"title":"a","start":"2040-03-01T22:00:00Z","duration":"2h","all":true}"#, "/start"),
            (#"{"title":"a","start":"2026-12-01T22:00:00Z","duration":"2h","all":true}"#, "/end"),
            (
                #"{"title":"a","start":"2027-03-28T02:30","zone":"Europe/Berlin","duration":"2h","all":true}"#, "/start"
            ),
            (
                #"{"title":"a","start":"2027-03-01T22:00:00Z","duration":"2h","all":true,"rrule":"FREQ=DAILY;BYHOUR=1"}"#,
                "/rrule"
            ),
            (
                #"""
                {"title":"a","start":"2027-03-01T22:00:00Z","duration":"2h","all":true,
                "rrule":"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}
                """#,
                "/rrule"
            ),
            (#"{"title":"a","start":"2027-03-01T22:00:00Z","duration":"2h","all":true,"state":"active"}"#, "/state"),
        ]
    )
    func refuses(_ document: String, _ pointer: String) async throws {
        try await TestSite.with { site in
            let answer = try await site.api(.post, "/v1/maintenance", document)
            #expect(answer.status == 422)
            let pointers = try answer.json["errors"]?.array?.compactMap { $0["pointer"]?.string }
            #expect(pointers == [pointer])
            #expect(try await site.api(.get, "/v1/maintenance").json["items"]?.array?.isEmpty == true)
        }
    }

    @Test("The page plans, previews, ends and deletes, and a site's page says until when it is in maintenance")
    func pages() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            let name = try #require(try await site.dependencies.sites.site(id)).settings.name
            let start = try #require(IANAZone("UTC")).wall(at: site.time.now()).text
            let fields = "title=Disks+%3Cb%3E&start=\(start)&duration=2h&zone=UTC&repeat=FREQ%3DDAILY"
            let sites = "&sites=" + SignInController.encoded(name)
            let preview = try await site.browser(.post, "/maintenance", form: fields + sites + "&preview=1")
            #expect(preview.status == 200)
            #expect(preview.body.contains("Every day at"))
            #expect(preview.body.contains("Nothing is added yet."))
            #expect(try await site.api(.get, "/v1/maintenance").json["items"]?.array?.isEmpty == true)
            let wrong = try await site.browser(.post, "/maintenance", form: fields + "&sites=nobody")
            #expect(wrong.status == 422)
            #expect(wrong.body.contains("There is no site &quot;nobody&quot;."))
            #expect(try await site.browser(.post, "/maintenance", form: fields + sites).status == 303)
            let page = try await site.browser(.get, "/maintenance").body
            #expect(page.contains("Disks &lt;b&gt;") && !page.contains("<b>Disks"))
            #expect(page.contains("Active"))
            let shown = try await site.browser(.get, "/sites/\(id)").body
            #expect(shown.contains("In maintenance</strong> until"))
            #expect(try await site.browser(.post, "/maintenance/1/end", form: "").status == 303)
            #expect(try await site.browser(.get, "/maintenance").body.contains("Upcoming"))
            #expect(!(try await site.browser(.get, "/sites/\(id)").body.contains("In maintenance</strong>")))
            #expect(try await site.browser(.post, "/maintenance/1/delete", form: "").status == 303)
            #expect(try await site.browser(.get, "/maintenance").body.contains("No maintenance is planned."))
        }
    }

    @Test("A window is edited as it is, and not over what somebody else has changed")
    func editing() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            let name = try #require(try await site.dependencies.sites.site(id)).settings.name
            // 02:30 is shown twice on that day; this is the second time.
            let made = try await site.api(
                .post,
                "/v1/maintenance",
                """
                {"title":"Disks","start":"2027-10-31T02:30:00+01:00","duration":"2h","zone":"Europe/Berlin",
                "rrule":"FREQ=MONTHLY;BYDAY=-1SU","sites":["\(id)"],"description":"Old"}
                """
            )
            #expect(made.status == 201)
            let page = try await site.browser(.get, "/maintenance/1/edit").body
            for part in [
                "value=\"Disks\"", "value=\"2027-10-31T02:30:00\"", "value=\"2h\"", "value=\"Europe/Berlin\"",
                "value=\"FREQ=MONTHLY;BYDAY=-1SU\"", ">\(name)</textarea>", ">Old</textarea>", "name=\"revision\"",
            ] { #expect(page.contains(part), "\(part)") }

            let original = try made.json
            let revision = try #require(original["revision"]?.int)
            let fields =
                "start=2027-10-31T02%3A30%3A00&duration=3h&zone=Europe%2FBerlin&repeat=rule&rrule=FREQ%3DMONTHLY"
                + "&sites=\(SignInController.encoded(name))"
            let form = fields + "&title=Fans&revision=\(revision)"
            let preview = try await site.browser(.post, "/maintenance/1/edit", form: form + "&preview=1")
            #expect(preview.status == 200 && preview.body.contains("Nothing is changed yet."))
            let wrong = try await site.browser(.post, "/maintenance/1/edit", form: fields + "&revision=\(revision)")
            #expect(wrong.status == 422 && wrong.body.contains("Nothing was changed."))
            #expect(try await site.browser(.post, "/maintenance/1/edit", form: form).location == "/maintenance")
            let changed = try await site.api(.get, "/v1/maintenance/1").json
            #expect(changed["title"] == "Fans" && changed["duration"] == "3h" && changed["rrule"] == "FREQ=MONTHLY")
            #expect(changed["description"] == .null && changed["sites"] == [.string(id.description)])
            #expect(changed["start"] == original["start"])

            let late = try await site.browser(.post, "/maintenance/1/edit", form: form)
            #expect(late.status == 409 && late.body.contains("It was changed meanwhile"))
            #expect(try await site.browser(.get, "/maintenance/9/edit").status == 404)
        }
    }

    @Test("An open page is told of windows that come, change and go")
    func live() async throws {
        try await TestSite.with { site in
            #expect(try await site.browser(.get, "/maintenance").body.contains("data-live=\"/live?topic=maintenance\""))
            let reader = FragmentReader(
                site.dependencies,
                status: StatusReader(site.dependencies),
                pages: try PageRenderer(version: "1")
            )
            let topic = Topic(subject: .maintenance, canManage: true)
            #expect(try await reader.fragments(of: topic)[0].html.contains("No maintenance is planned."))
            let document = #"{"title":"Disks","start":"2027-03-01T22:00:00Z","duration":"2h","all":true}"#
            #expect(try await site.api(.post, "/v1/maintenance", document).status == 201)
            let html = try await reader.fragments(of: topic)[0].html
            #expect(html.contains("Disks") && html.contains("/maintenance/1/edit"))
            let seen = try await reader.fragments(of: Topic(subject: .maintenance, canManage: false))[0].html
            #expect(seen.contains("Disks") && !seen.contains("/maintenance/1/edit"))
        }
    }
}
