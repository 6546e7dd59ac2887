internal import Foundation
internal import Notifications
internal import TestSupport
internal import Testing

@testable internal import Tocsin

/// The commands against a real server, through a real socket.
@Suite struct CommandTests {
    private func names(_ client: ServerClient) async throws -> [String] {
        var names: [String] = []
        try await client.pages(["v1", "sites"], by: .after) { names += $0.compactMap { $0["name"]?.string } }
        return names
    }

    @Test func `a site is added, found by name and URL, paused and removed`() async throws {
        try await CommandServer.with { client in
            let document: JSON = [
                "url": "https://a.example/x?y=1&z=ü".replacing("ü", with: "%C3%BC").json, "name": "A & B",
            ]
            let added = try await client.send(.post, ["v1", "sites"], body: document)
            let id = try #require(added["id"]?.string)
            #expect(try await SiteReference("A & B").id(with: client) == id)
            #expect(try await SiteReference("https://a.example/x?y=1&z=%C3%BC").id(with: client) == id)
            _ = try await client.send(.patch, ["v1", "sites", id], body: ["paused": true])
            #expect(try await client.send(.get, ["v1", "sites", id])["state"] == "paused")
            #expect(try await client.send(.delete, ["v1", "sites", id]) == .null)
            let error = await #expect(throws: CommandError.self) { try await SiteReference("A & B").id(with: client) }
            #expect(error?.message.contains("There is no site `A & B`") == true)
        }
    }

    @Test func `a refusal of the server becomes one sentence`() async throws {
        try await CommandServer.with { client in
            let error = await #expect(throws: CommandError.self) {
                try await client.send(
                    .post,
                    ["v1", "sites"],
                    body: ["url": "https://a", "interval": "0s", "colour": "red"]
                )
            }
            #expect(error?.status == .failure)
            #expect(error?.message.contains("/interval: ") == true)
            #expect(error?.message.contains("/colour: ") == true)
            #expect(error?.message.contains("\n") == false)
        }
    }

    @Test func `a list of more than a page comes whole and in order, or as much as is asked for`() async throws {
        try await CommandServer.with { client in
            let sites = (0..<1_000).map { JSON.object([.init("url", .string("https://\($0).example"))]) }
            _ = try await client.send(.put, ["v1", "sites"], body: .array(sites))
            _ = try await client.send(.put, ["v1", "sites"], body: [["url": "https://last.example"]])
            let names = try await names(client)
            #expect(names.count == 1_001)
            #expect(names.last == "https://last.example")
            var some = 0
            try await client.pages(["v1", "sites"], by: .after, limit: 700) { some += $0.count }
            #expect(some == 700)
        }
    }

    @Test func `an import of several chunks adds the new sites and changes the others`() async throws {
        try await CommandServer.with { client in
            _ = try await client.send(.post, ["v1", "sites"], body: ["url": "https://7.example"])
            try await withTemporaryDirectory { folder in
                let path = folder + "/sites.csv"
                let rows = (0..<1_200).map { "https://\($0).example,30s,web;eu\n" }.joined()
                try Data(("url,interval,tags\n" + rows).utf8).write(to: URL(filePath: path))
                let list = try await SiteList(path: path, format: nil)
                let work = SiteImport(list: list, name: "sites.csv", rules: ServerSiteRules())
                #expect(try await work.check() == 1_200)
                let outcome = try await work.send { sites in
                    try await client.send(.put, ["v1", "sites"], body: .array(sites))["added"]?.int ?? -1
                }
                #expect(outcome == SiteImport.Outcome(total: 1_200, added: 1_199))
            }
            let site = try await client.send(
                .get,
                ["v1", "sites", SiteReference("https://7.example").id(with: client)]
            )
            #expect(site["interval"] == "30s")
            #expect(site["tags"] == ["web", "eu"])
        }
    }

    @Test func `a bad line is found by the server's own rules before anything is sent`() async throws {
        try await withTemporaryDirectory { folder in
            let path = folder + "/sites.csv"
            try Data("url,interval\nhttps://a.example,30s\nhttps://b.example,0s\nftp://c.example,\n".utf8)
                .write(to: URL(filePath: path))
            let work = SiteImport(
                list: try await SiteList(path: path, format: nil),
                name: "s.csv",
                rules: ServerSiteRules()
            )
            let error = await #expect(throws: ImportError.self) { try await work.check() }
            #expect(error?.problems.map(\.line) == [3, 4])
        }
    }

    @Test func `what is exported asks for no change, and survives a round trip to another server`() async throws {
        try await CommandServer.with { client in
            _ = try await client.send(
                .post,
                ["v1", "sites"],
                body: [
                    "url": "https://a.example", "name": "yes", "interval": "90s", "tags": ["web"], "redirects": 0,
                    "expect": ["status": ["200", "401"], "body": "it's: \"ok\""], "group": "null",
                ]
            )
            _ = try await client.send(
                .post,
                ["v1", "sites"],
                body: ["url": "https://b.example", "headers": ["Authorization": "Bearer hunter2"]]
            )
            _ = try await client.send(
                .post,
                ["v1", "channels"],
                body: [
                    "name": "ops", "type": "webhook", "settings": ["url": "https://h.example"], "events": ["site.*"],
                ]
            )
            let text = try await client.exported()
            #expect(!text.contains("hunter2") && !text.contains("whsec_"))
            #expect(text.contains("#   site https://b.example, header Authorization"))
            #expect(text.contains("#   channel ops, secret"))
            #expect(try await client.changes(text, prunes: true).isEmpty)

            try await CommandServer.with { other in
                let without = text.replacing("(hidden)", with: "Bearer x")
                let made = try await other.applied(without)
                let second = try await other.exported()
                #expect(made.count == 3)
                #expect(second == text)
            }
        }
    }

    @Test func `a file is applied once, and the second time changes nothing`() async throws {
        try await CommandServer.with { client in
            let text = """
                sites:
                  - url: https://a.example
                    interval: 1m
                    expect: {status: [200]}
                  - url: https://b.example
                channels:
                  - name: ops
                    type: webhook
                    settings: {url: "https://h.example"}
                """
            #expect(try await client.changes(text).count == 3)
            #expect(try await names(client).isEmpty)
            #expect(try await client.applied(text).count == 3)
            #expect(try await client.changes(text).isEmpty)

            let less = "sites:\n  - url: https://a.example\n"
            #expect(
                try await client.applied(less, prunes: true) == [
                    "~ site https://a.example: interval, expect.status", "- site https://b.example",
                ]
            )
            #expect(try await client.changes(less, prunes: true).isEmpty)
            #expect(try await names(client) == ["https://a.example"])
            let channels = try await client.send(.get, ["v1", "channels"])
            #expect(channels["items"]?.array?.count == 1)
        }
    }

    @Test func `the status page of a file names its sites, is applied once, and is exported as it was`() async throws {
        try await CommandServer.with { client in
            #expect(try await ManifestStatusPage.text(with: client) == nil)
            let text = """
                sites:
                  - {url: "https://a.example", name: Shop}
                  - url: https://b.example
                statusPage:
                  published: true
                  groups:
                    - {name: Main, sites: ["https://b.example", Shop]}
                    - {name: Rest, tags: [prod]}
                """
            let manifest = try Manifest(yaml: text, name: "f", environment: [:])
            let page = try #require(manifest.statusPage)
            #expect(try await page.line(with: client) == "~ status page: published, groups")
            _ = try await client.applied(text)
            try await page.apply(with: client)
            #expect(try await page.line(with: client) == nil)
            let written = try #require(try await ManifestStatusPage.text(with: client))
            #expect(written.hasPrefix("statusPage:\n") && !written.contains("sites: []"))
            let again = try #require(try Manifest(yaml: written, name: "f", environment: [:]).statusPage)
            #expect(try await again.line(with: client) == nil)
        }
    }

    @Test func `what is wrong with the status page of a file is named with its place`() async throws {
        try await CommandServer.with { client in
            for (text, part) in [
                (
                    "{published: true, groups: [{name: a, sites: [Nobody]}]}",
                    "f:1: statusPage.groups[0].sites[0]: There is no site"
                ),
                ("{published: soon}", "f:1: statusPage.published: "),
                ("{published: true, groups: [{name: a}]}", "f:1: statusPage.groups[0].sites: "),
                ("[1]", "f:1: statusPage: Should be an object"),
            ] {
                let manifest = try Manifest(yaml: "statusPage: \(text)", name: "f", environment: [:])
                let error = await #expect(throws: ManifestError.self) {
                    try await ManifestPlan(manifest, prunes: false).changes(with: client)
                }
                #expect(error?.sentences.first?.hasPrefix(part) == true, "\(error?.sentences ?? [])")
            }
        }
    }

    @Test func `a status page can't name a site that is pruned with the same file`() async throws {
        try await CommandServer.with { client in
            _ = try await client.applied("sites: [{url: \"https://a.example\", name: Shop}]")
            let text = "sites: []\nstatusPage: {published: true, groups: [{name: a, sites: [Shop]}]}"
            let manifest = try Manifest(yaml: text, name: "f", environment: [:])
            _ = try await ManifestPlan(manifest, prunes: false).changes(with: client)
            await #expect(throws: ManifestError.self) {
                try await ManifestPlan(manifest, prunes: true).changes(with: client)
            }
        }
    }
}

extension String {
    fileprivate var json: JSON { .string(self) }
}
