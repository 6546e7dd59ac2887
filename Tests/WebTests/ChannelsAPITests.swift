import HTTPTypes
import Monitoring
import Notifications
import Testing

@testable import Web

@Suite struct ChannelsAPITests {
    private static let hook = #"{"name":"ops","type":"webhook","settings":{"url":"https://hooks.example/x"}}"#

    @Test("A webhook's secret that was left out is made, answered once, and never read back")
    func madeSecret() async throws {
        try await TestSite.with { site in
            let created = try await site.api(.post, "/v1/channels", Self.hook)
            #expect(created.status == 201)
            let secret = try #require(try created.json["settings"]?["secret"]?.string)
            #expect(secret.hasPrefix("whsec_"))
            let path = try #require(created.location)
            let shown = try await site.api(.get, path)
            #expect(!shown.body.contains(secret))
            #expect(try shown.json["secrets"] == ["secret"] && shown.json["events"] == ["*"])
            #expect(try await !site.api(.get, "/v1/channels").body.contains(secret))
            // A change that leaves it out keeps it.
            let changed = try await site.api(.patch, path, #"{"events":["site.*"]}"#)
            #expect(changed.status == 200 && !changed.body.contains(secret))
            let id = try #require(try changed.json["id"]?.string.flatMap { ChannelID($0) })
            let kept = try #require(try await site.dependencies.channels.channel(id))
            #expect(kept.settings.settings["secret"] == secret && kept.settings.events == ["site.*"])
        }
    }

    @Test(
        "A wrong channel is refused with what is wrong where",
        arguments: [
            (#"{}"#, ["/type", "/name"]), (#"{"name":"a","type":"pigeon"}"#, ["/type"]),
            (#"{"name":"a","type":"webhook"}"#, ["/settings/url"]),
            (#"{"name":"a","type":"webhook","settings":{"url":"ftp://x"}}"#, ["/settings/url"]),
            (
                #"{"name":"a","type":"webhook","settings":{"url":"https://x.example","colour":"red"}}"#,
                ["/settings/colour"]
            ),
            (
                #"{"name":"a","type":"console","settings":{"x":1},"secrets":[],"y":0}"#,
                ["/settings/x", "/secrets", "/y"]
            ),
            (#"{"name":"a","type":"console","events":["a b"]}"#, ["/events/0"]), (#"7"#, [""]),
        ]
    )
    func problems(body: String, pointers: [String]) async throws {
        try await TestSite.with { site in
            let answer = try await site.api(.post, "/v1/channels", body)
            #expect(answer.status == 422)
            #expect(Set(try answer.pointers) == Set(pointers))
            #expect(try await site.dependencies.channels.channels().isEmpty)
        }
    }

    @Test("A channel is tested, its attempts are listed, and it is removed")
    func testing() async throws {
        try await TestSite.with { site in
            let path = try #require(try await site.api(.post, "/v1/channels", Self.hook).location)
            #expect(try await site.api(.post, "/v1/channels", Self.hook).status == 409)
            let test = try await site.api(.post, path + "/test")
            #expect(try test.json["succeeded"] == true && test.json["statusCode"] == 204)
            #expect(try await site.api(.get, path + "/attempts").json["items"] == [])
            #expect(try await site.api(.patch, path, #"{"paused":true}"#, headers: [.ifMatch: "\"9\""]).status == 412)
            #expect(try await site.api(.delete, path).status == 204)
            #expect(try await site.api(.get, path).status == 404)
        }
    }
}
