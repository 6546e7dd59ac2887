import TestSupport
import SQLiteBackend
import HTTPTypes
import Monitoring
import Notifications
import Testing

@testable import Web

@Suite struct SitesAPITests {
    @Test("A site needs only its URL, is answered whole, and is checked at once")
    func create() async throws {
        try await TestSite.with { site in
            let answer = try await site.api(.post, "/v1/sites", #"{"url":"https://example.com","interval":"3s"}"#)
            #expect(answer.status == 201)
            let json = try answer.json
            let id = try #require(json["id"]?.string)
            #expect(answer.location == "/v1/sites/\(id)")
            #expect(answer.headers[.eTag] == "\"1\"")
            #expect(json["name"] == "https://example.com" && json["kind"] == "http" && json["interval"] == "3s")
            #expect(json["timeout"] == "3s" && json["defaults"] == ["timeout"] && json["state"] == "pending")
            #expect(json["expect"]?["status"] == ["200-299"] && json["confirm"]?["failures"] == 2)
            #expect(json["createdAt"]?.string.flatMap { Timestamp(rfc3339: $0) } == site.time.now())
            #expect(try await site.stream.backlog().waiting == 1)
        }
    }

    @Test("Everything that is wrong is told at once, and nothing is kept")
    func problems() async throws {
        try await TestSite.with { site in
            let body = """
                {"url":"ftp://example.com","interval":"0s","timeout":5,"colour":"red","expect":{"status":["999"],"x":1},\
                "headers":{"a b":"x","Host":"a\\nb"},"dependsOn":["1"],"quorum":2,"tags":["a","a"],"redirects":99,\
                "verifyTLS":"yes","kind":"tcp","id":"7"}
                """
            let answer = try await site.api(.post, "/v1/sites", body)
            #expect(answer.status == 422)
            #expect(answer.headers[.contentType] == "application/problem+json")
            let json = try answer.json
            #expect(json["status"] == 422 && json["title"] == "Unprocessable Content" && json["type"] == "about:blank")
            #expect(
                Set(try answer.pointers) == [
                    "/url", "/interval", "/timeout", "/colour", "/expect/status/0", "/expect/x", "/headers/a b",
                    "/headers/Host", "/dependsOn", "/quorum", "/tags/1", "/redirects", "/verifyTLS", "/kind", "/id",
                ]
            )
            #expect(answer.body.contains("http (for http:// and https://)"))
            #expect(try await site.dependencies.sites.overviews(SiteQuery()).items.isEmpty)
            #expect(try await site.stream.backlog().waiting == 0)
        }
    }

    @Test(
        "A document that is no site is refused, each in its own words",
        arguments: [
            (#"{}"#, 422, ["/url"]), (#"[]"#, 422, [""]), (#""x""#, 422, [""]), (#"{"url":7}"#, 422, ["/url"]),
            (#"{"url":"https://a b"}"#, 422, ["/url"]), (#"{"url":"https://"}"#, 422, ["/url"]),
            (#"{"url":"https://u:p@example.com"}"#, 422, ["/url"]), (#"{"url":"example.com"}"#, 422, ["/url"]),
            (#"{"url":"https://a.example","interval":"999ms"}"#, 422, ["/interval"]),
            (#"{"url":"https://a.example","interval":"2s","timeout":"3s"}"#, 422, ["/timeout"]),
            (#"{"url":"https://a.example","timeout":"90s"}"#, 422, ["/timeout"]),
            (#"{"url":"https://a.example","body":"x"}"#, 422, ["/body"]),
            (#"{"url":"https://a.example","regions":["EU"]}"#, 422, ["/regions/0"]),
            (#"{"url":"https://a.example","regions":[]}"#, 422, ["/regions"]),
            (#"{"url":"https://a.example","expect":[]}"#, 422, ["/expect"]), (#"{"url""#, 400, []), ("", 400, []),
            (#"[{"url":"https://a.example"},{"url":"ftp://b.example"}]"#, 422, ["/1/url"]),
            (#"[{"url":"https://a.example"},{"url":"https://a.example"}]"#, 422, ["/1/name"]),
        ]
    )
    func wrongInput(body: String, status: Int, pointers: [String]) async throws {
        try await TestSite.with { site in
            let answer = try await site.api(.post, "/v1/sites", body)
            #expect(answer.status == status)
            #expect(try answer.pointers == pointers)
            #expect(try await site.dependencies.sites.overviews(SiteQuery()).items.isEmpty)
        }
    }

    @Test("A thousand sites are added in one request, or none of them")
    func many() async throws {
        try await TestSite.with { site in
            func list(_ count: Int) -> String {
                "[" + (0..<count).map { #"{"url":"https://\#($0).example"}"# }.joined(separator: ",") + "]"
            }
            #expect(try await site.api(.post, "/v1/sites", list(1_001)).status == 422)
            let answer = try await site.api(.post, "/v1/sites", list(1_000))
            #expect(answer.status == 201)
            #expect(try answer.json["items"]?.array?.count == 1_000)
            let again = #"[{"url":"https://new.example"},{"url":"https://7.example"}]"#
            #expect(try await site.api(.post, "/v1/sites", again).status == 409)
            #expect(try await site.dependencies.sites.site(named: "https://new.example") == nil)
        }
    }

    @Test("A list is paged by cursor, searched and filtered")
    func list() async throws {
        try await TestSite.with { site in
            for index in 0..<5 {
                let tags = index == 3 ? #","tags":["eu"]"# : ""
                _ = try await site.api(.post, "/v1/sites", #"{"url":"https://\#(index).example"\#(tags)}"#)
            }
            let first = try await site.api(.get, "/v1/sites?limit=2").json
            #expect(first["items"]?.array?.count == 2)
            let next = try #require(first["next"]?.string)
            let second = try await site.api(.get, "/v1/sites?limit=3&after=\(next)").json
            #expect(second["items"]?.array?.count == 3 && second["next"] == .null)
            let tagged = try await site.api(.get, "/v1/sites?tag=eu").json
            #expect(tagged["items"]?.array?.map { $0["name"] } == ["https://3.example"])
            #expect(try await site.api(.get, "/v1/sites?search=4.ex").json["items"]?.array?.count == 1)
            #expect(try await site.api(.get, "/v1/sites?status=up").json["items"]?.array?.isEmpty == true)
            for wrong in ["limit=0", "limit=1001", "after=x", "status=green", "colour=red", "limit=1&limit=2"] {
                #expect(try await site.api(.get, "/v1/sites?\(wrong)").status == 400, "\(wrong)")
            }
        }
    }

    @Test("A patch changes what it names and nothing else, and null takes the default")
    func patch() async throws {
        try await TestSite.with { site in
            let body = """
                {"url":"https://example.com","interval":"30s","headers":{"Authorization":"Bearer s3cret","X-A":"1"},\
                "expect":{"body":"Welcome","certificateDays":30},"tags":["a"]}
                """
            let created = try await site.api(.post, "/v1/sites", body)
            let path = try #require(created.location)
            #expect(!created.body.contains("s3cret"))

            let patch = #"{"interval":null,"expect":{"body":null},"headers":{"X-A":null},"tags":["b","c"]}"#
            let changed = try await site.api(.patch, path, patch)
            #expect(changed.status == 200 && changed.headers[.eTag] == "\"2\"")
            let json = try changed.json
            #expect(json["interval"] == "60s" && json["tags"] == ["b", "c"] && json["expect"]?["body"] == .null)
            #expect(json["expect"]?["certificateDays"] == 30)
            #expect(json["headers"]?.members?.map(\.name) == ["Authorization"])
            let id = try #require(json["id"]?.string.flatMap { SiteID($0) })
            let kept = try #require(try await site.dependencies.sites.site(id))
            #expect(kept.settings.headers == ["Authorization": "Bearer s3cret"])

            // What was read can be sent back: hidden values stay.
            let echo = #"{"headers":{"Authorization":"(hidden)"},"expect":{"certificateDays":null}}"#
            #expect(try await site.api(.patch, path, echo).status == 200)
            let after = try #require(try await site.dependencies.sites.site(id))
            #expect(after.settings.headers == ["Authorization": "Bearer s3cret"])
            #expect(after.settings.expect.certificateDays == nil)
            let stranger = #"{"headers":{"X-New":"(hidden)"}}"#
            #expect(try await site.api(.patch, path, stranger).pointers == ["/headers/X-New"])
        }
    }

    @Test("A name that was never given follows the URL, and one that was given stays")
    func names() async throws {
        try await TestSite.with { site in
            let path = try #require(try await site.api(.post, "/v1/sites", #"{"url":"https://a.example"}"#).location)
            let moved = try await site.api(.patch, path, #"{"url":"https://b.example"}"#).json
            #expect(moved["name"] == "https://b.example")
            _ = try await site.api(.patch, path, #"{"name":"Shop"}"#)
            let again = try await site.api(.patch, path, #"{"url":"https://c.example"}"#).json
            #expect(again["name"] == "Shop")
        }
    }

    @Test("A change from an older revision is refused, and a wrong change changes nothing")
    func revisions() async throws {
        try await TestSite.with { site in
            let path = try #require(try await site.api(.post, "/v1/sites", #"{"url":"https://a.example"}"#).location)
            _ = try await site.api(.patch, path, #"{"name":"One"}"#, headers: [.ifMatch: "\"1\""])
            let late = try await site.api(.patch, path, #"{"name":"Two"}"#, headers: [.ifMatch: "\"1\""])
            #expect(late.status == 412)
            #expect(try await site.api(.delete, path, headers: [.ifMatch: "\"1\""]).status == 412)
            #expect(try await site.api(.patch, path, "{}", headers: [.ifMatch: "one"]).status == 400)
            #expect(try await site.api(.patch, path, #"{"interval":"x","name":"Three"}"#).status == 422)
            #expect(try await site.api(.patch, path, "[]").status == 422)
            let now = try await site.api(.get, path).json
            #expect(now["name"] == "One" && now["revision"] == 2)
        }
    }

    @Test("A removed site is gone, and what was never there is not found")
    func remove() async throws {
        try await TestSite.with { site in
            let path = try #require(try await site.api(.post, "/v1/sites", #"{"url":"https://a.example"}"#).location)
            #expect(try await site.api(.delete, path).status == 204)
            for (method, path) in [
                (HTTPRequest.Method.get, path), (.delete, path), (.get, "/v1/sites/abc"), (.post, path + "/check"),
                (.get, path + "/uptime"), (.get, path + "/results"),
            ] {
                let answer = try await site.api(method, path)
                #expect(answer.status == 404, "\(method) \(path)")
                #expect(answer.headers[.contentType] == "application/problem+json")
            }
        }
    }

    @Test("A list is added or changed by name, and what was read before can be sent back")
    func upsert() async throws {
        try await TestSite.with { site in
            let list = #"[{"url":"https://a.example","name":"A"},{"url":"https://b.example","name":"B"}]"#
            let first = try await site.api(.put, "/v1/sites", list).json
            #expect(first["added"] == 2 && first["changed"] == 0)
            let read = try #require(try await site.api(.get, "/v1/sites").json["items"])
            let echo = try await site.api(.put, "/v1/sites", read.text)
            #expect(echo.status == 200)
            #expect(try echo.json["added"] == 0)
            #expect(try echo.json["items"]?.array?.map { $0["revision"] } == [1, 1])
            #expect(
                try echo.json["items"]?.array?.map { $0["defaults"] } == [
                    ["interval", "timeout"], ["interval", "timeout"],
                ]
            )
            // An import is left to the schedule.
            #expect(try await site.stream.backlog().waiting == 0)
        }
    }

    @Test("Check now hands out one job, not of a paused site")
    func checkNow() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            let answer = try await site.api(.post, "/v1/sites/\(id)/check")
            #expect(answer.status == 202)
            #expect(try answer.json["regions"] == ["default"])
            #expect(try await site.stream.backlog().waiting == 1)
            _ = try await site.api(.patch, "/v1/sites/\(id)", #"{"paused":true}"#)
            #expect(try await site.api(.post, "/v1/sites/\(id)/check").status == 409)
            #expect(try await site.stream.backlog().waiting == 1)
        }
    }

    @Test("History is told: results, uptime and latency")
    func history() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            for (index, verdict) in [Verdict.up, .down, .down, .up].enumerated() {
                site.time.advance(by: .seconds(60))
                try await site.record(id, verdict, after: 0)
                _ = index
            }
            let results = try await site.api(.get, "/v1/sites/\(id)/results?limit=3").json
            #expect(results["items"]?.array?.map { $0["verdict"] } == ["up", "down", "down"])
            let next = try #require(results["next"]?.string)
            let rest = try await site.api(.get, "/v1/sites/\(id)/results?before=\(next)").json
            #expect(rest["items"]?.array?.count == 1 && rest["next"] == .null)
            let uptime = try await site.api(.get, "/v1/sites/\(id)/uptime?window=24h").json
            #expect(uptime["incidents"] == 1)
            #expect(uptime["downtimeMs"]?.int ?? 0 > 0)
            let latency = try await site.api(.get, "/v1/sites/\(id)/latency?window=1h&buckets=6").json
            #expect(latency["parts"]?.array?.count == 6 && latency["count"]?.int ?? 0 > 0)
            for wrong in ["uptime?window=x", "latency?buckets=0", "results?from=yesterday", "uptime?window=1h&from=x"] {
                #expect(try await site.api(.get, "/v1/sites/\(id)/\(wrong)").status == 400, "\(wrong)")
            }
            let shown = try await site.api(.get, "/v1/sites/\(id)").json
            #expect(shown["state"] == "up" && shown["latest"]?["phases"]?["totalMs"] == .number("143.0"))
        }
    }
}
