internal import Foundation
internal import Notifications
internal import TestSupport
internal import Testing

extension Operating {
    @Suite("Commands through the socket") struct Commands {
        @Test("Sites are added, listed, paused, resumed, imported and removed")
        func sites() async throws {
            try await LocalSite.with { site in
                try await withTocsin { tocsin in
                    _ = try await tocsin.serve(["--interval", "60s"])
                    let added = try await json(
                        tocsin,
                        "sites",
                        "add",
                        site.url("/one"),
                        "--name",
                        "one",
                        "--tag",
                        "shop"
                    )
                    #expect(added["name"] == "one")
                    // It is checked at once, long before its slot.
                    try await eventually("the new site is up") {
                        try await json(tocsin, "sites", "show", "one")["state"] == "up"
                    }
                    _ = try await output(tocsin, "sites", "pause", "one")
                    #expect(try await json(tocsin, "sites", "show", "one")["state"] == "paused")
                    _ = try await output(tocsin, "sites", "resume", "one")
                    #expect(try await json(tocsin, "sites", "show", "one")["paused"] == false)

                    let bad = try tocsin.write(
                        "url,name,interval\n\(site.url("/two")),two,5m\n\(site.url("/three")),three,often\n",
                        to: "bad.csv"
                    )
                    let refused = try await tocsin.run(["sites", "import", bad])
                    #expect(refused.status == 1, "\(refused)")
                    #expect(refused.errors.contains("line 3"), "\(refused)")
                    #expect(refused.errors.contains("Nothing was imported"), "\(refused)")
                    #expect(try await names(tocsin) == ["one"])

                    let good = try tocsin.write(
                        "url,name,interval,tags\n\(site.url("/two")),two,5m,a;b\n\"\(site.url("/3"))\",\"three, four\",,\n",
                        to: "good.csv"
                    )
                    _ = try await output(tocsin, "sites", "import", good)
                    #expect(try await names(tocsin) == ["one", "two", "three, four"])
                    #expect(try await json(tocsin, "sites", "show", "two")["tags"] == ["a", "b"])
                    #expect(try await json(tocsin, "sites", "show", "two")["interval"] == "5m")
                    _ = try await output(tocsin, "sites", "remove", "two", "three, four")
                    #expect(try await names(tocsin) == ["one"])
                    #expect(try await tocsin.run(["sites", "show", "two"]).status == 1)
                }
            }
        }

        @Test("An incident is opened for a site by its name, updated and ended")
        func incidents() async throws {
            try await LocalSite.with { site in
                try await withTocsin { tocsin in
                    _ = try await tocsin.serve(["--interval", "60s"])
                    let added = try await json(tocsin, "sites", "add", site.url("/one"), "--name", "one")
                    let open = ["incidents", "open", "Mail is slow", "--message", "We look."]
                    let opened = try await json(tocsin, open + ["--site", "one"])
                    #expect(opened["sites"] == .array([added["id"] ?? .null]))
                    let id = try #require(opened["id"]?.string)
                    let update = ["incidents", "update", id, "--status", "resolved", "--message", "A disk."]
                    #expect(try await json(tocsin, update)["state"] == "ended")
                    let shown = try await json(tocsin, "incidents", "show", id)
                    #expect(shown["updates"]?.array?.map { $0["by"]?.string } == ["local", "local"])
                    let table = try await tocsin.run(["incidents", "list", "--output", "table"])
                    #expect(table.output.contains("Mail is slow") && table.output.contains("resolved"), "\(table)")
                    let refused = try await tocsin.run(["incidents", "update", "99"] + update[3...])
                    #expect(refused.status == 1 && refused.errors.contains("There is no incident 99."), "\(refused)")
                }
            }
        }

        @Test("Channels are added and tried, events sent and shown, dead letters replayed")
        func channelsAndEvents() async throws {
            try await LocalReceiver.with { _, _ in
                .respond(status: 400, body: "no")
            } _: { receiver in
                try await withTocsin { tocsin in
                    _ = try await tocsin.serve(["--set", "channels.console=false"])
                    let added = try await json(
                        tocsin,
                        "channels",
                        "add",
                        "webhook",
                        "--name",
                        "hook",
                        "--set",
                        "url=\(receiver.url)",
                        "--event",
                        "demo.*"
                    )
                    let secret = added["settings"]?["secret"]?.string
                    #expect(secret?.hasPrefix("whsec_") == true)
                    #expect(try await tocsin.run(["channels", "test", "hook"]).status == 1)
                    let sent = try await json(tocsin, "events", "send", "demo.hello", "--data", #"{"n":1}"#)
                    let id = try #require(sent["id"]?.string)
                    var letters: [JSON] = []
                    try await eventually("the refused event is a dead letter") {
                        letters = try await lines(tocsin, "dead-letters", "list")
                        return !letters.isEmpty
                    }
                    #expect(letters.map { $0["event"]?.string } == [id])

                    receiver.answer { _, _ in .respond(status: 200) }
                    #expect(try await json(tocsin, "channels", "test", "hook")["succeeded"] == true)
                    #expect(try await lines(tocsin, "dead-letters", "list", "--type", "other.*").isEmpty)
                    _ = try await output(tocsin, "dead-letters", "discard", "--type", "other.*")
                    _ = try await output(tocsin, "dead-letters", "replay", "--type", "demo.*", "--rate", "5")
                    try await eventually("the replayed event has ended") {
                        try await json(tocsin, "events", "show", id)["state"] == "ended"
                    }
                    let webhooks = try receiver.webhooks().filter { $0.type == "demo.hello" }
                    #expect(webhooks.map(\.id) == [id, id])
                    #expect(webhooks.allSatisfy { $0.isSigned(with: secret) })
                    #expect(try await lines(tocsin, "dead-letters", "list").isEmpty)

                    let status = try await json(tocsin, "status")
                    #expect(status["queue"]?["waiting"] == 0)
                    #expect(status["problems"] == [])
                }
            }
        }

        @Test("What is exported can be applied without a difference, and a changed file changes what it says")
        func exportAndApply() async throws {
            try await LocalReceiver.with { receiver in
                try await withTocsin { tocsin in
                    let server = try await tocsin.serve(["--webhook", receiver.url])
                    _ = try await output(
                        tocsin,
                        "sites",
                        "add",
                        "http://127.0.0.1:9/",
                        "--name",
                        "one: \"quoted\" #1",
                        "--interval",
                        "5m",
                        "--tag",
                        "a",
                        "--header",
                        "X-Key: value",
                        "--expect-body",
                        "hello: world"
                    )
                    _ = try await output(tocsin, "sites", "add", "http://127.0.0.1:9/two")
                    let file = try tocsin.write(try await output(tocsin, "export"), to: "export.yaml")
                    #expect(try await output(tocsin, "apply", "-f", file) == "")
                    #expect(try await output(tocsin, "apply", "-f", file, "--prune") == "")
                    #expect(try await names(tocsin).count == 2)

                    let changed = try String(contentsOfFile: file, encoding: .utf8)
                        .replacing("interval: 5m", with: "interval: 10m")
                    let other = try tocsin.write(changed, to: "changed.yaml")
                    #expect(try await output(tocsin, "apply", "-f", other, "--dry-run") != "")
                    #expect(try await server.list("/v1/sites", by: "after").first?["interval"] == "5m")
                    #expect(try await output(tocsin, "apply", "-f", other) != "")
                    #expect(try await server.list("/v1/sites", by: "after").first?["interval"] == "10m")
                }
            }
        }

        @Test("A token that a command makes opens the API, until it is revoked")
        func tokens() async throws {
            try await withTocsin { tocsin in
                let server = try await tocsin.serve()
                let made = try await json(tocsin, "tokens", "create", "reader", "--scope", "read")
                let token = try #require(made["token"]?.string)
                let environment = ["TOCSIN_URL": server.url, "TOCSIN_TOKEN": token]
                let listed = try await tocsin.run(["sites", "list"], environment: environment)
                #expect(listed.status == 0, "\(listed)")
                let refused = try await tocsin.run(["sites", "add", "http://127.0.0.1:9/"], environment: environment)
                #expect(refused.status == 1, "\(refused)")
                #expect(refused.errors.contains("manage"), "\(refused)")
                _ = try await output(tocsin, "tokens", "revoke", "reader")
                let revoked = try await tocsin.run(["sites", "list"], environment: environment)
                #expect(revoked.status == 1, "\(revoked)")
                #expect(!revoked.errors.contains(token))
            }
        }

        @Test("A site is checked once without a server, and the exit status says how it is")
        func check() async throws {
            try await LocalSite.with { site in
                try await withTocsin { tocsin in
                    let up = try await tocsin.run(["check", site.url()])
                    #expect(up.status == 0, "\(up)")
                    try await site.stop()
                    let down = try await tocsin.run(["check", site.url()])
                    #expect(down.status == 1, "\(down)")
                    #expect(!tocsin.has("tocsin.db"))
                }
            }
        }

        // MARK: Parts

        private func output(_ tocsin: TocsinWorkspace, _ arguments: String...) async throws -> String {
            try await output(tocsin, arguments)
        }

        private func output(_ tocsin: TocsinWorkspace, _ arguments: [String]) async throws -> String {
            let outcome = try await tocsin.run(arguments)
            guard outcome.status == 0 else {
                throw TocsinProcess.Failure("tocsin \(arguments.joined(separator: " ")): \(outcome)")
            }
            #expect(outcome.errors.isEmpty, "\(outcome)")
            return outcome.output
        }

        private func json(_ tocsin: TocsinWorkspace, _ arguments: String...) async throws -> JSON {
            try await json(tocsin, arguments)
        }

        private func json(_ tocsin: TocsinWorkspace, _ arguments: [String]) async throws -> JSON {
            try JSON(parsing: try await output(tocsin, arguments))
        }

        /// A list as commands print it: an array, or one object a line.
        private func lines(_ tocsin: TocsinWorkspace, _ arguments: String...) async throws -> [JSON] {
            try JSON(parsing: try await output(tocsin, arguments)).array ?? []
        }

        private func names(_ tocsin: TocsinWorkspace) async throws -> [String] {
            try await lines(tocsin, "sites", "list").compactMap { $0["name"]?.string }
        }
    }
}
