internal import Notifications
internal import Testing

@testable internal import Tocsin

/// Each mistake in a file is told with its line and field, all at once, and changes nothing.
@Suite struct ManifestErrorTests {
    private func problems(
        _ text: String,
        _ client: ServerClient,
        _ environment: [String: String] = [:]
    ) async throws -> [String] {
        let before = try await [client.records(.site), client.records(.channel)]
        let error = await #expect(throws: ManifestError.self) {
            try await client.applied(text, prunes: true, environment: environment)
        }
        #expect(try await [client.records(.site), client.records(.channel)] == before)
        #expect(error?.sentences.last == "Nothing was changed; mend the file and apply it again.")
        return error?.sentences.dropLast() ?? []
    }

    @Test func `every mistake is told with its line, in the order of the lines`() async throws {
        let text = """
            channels:
              - name: ops
                type: pigeon
              - type: console
              - name: hook
                type: webhook
                settings: {url: https://h.example, timeuot: 5s}
            sites:
              - url: https://a.example
                intervall: 30s
              - url: https://b.example
                interval: 0s
                name: no
                expect:
                  status: ["200",
                    "9-9"]
                headers:
                  X/Y: 1
              - name: nothing
              - https://c.example
              - url: https://a.example
            site: []
            """
        try await CommandServer.with { client in
            let problems = try await problems(text, client)
            let places = problems.map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
            #expect(
                places == [
                    "tocsin.yaml:3: channels[0].type:", "tocsin.yaml:4: channels[1].name:",
                    "tocsin.yaml:7: channels[2].settings.timeuot:", "tocsin.yaml:10: sites[0].intervall:",
                    "tocsin.yaml:12: sites[1].interval:", "tocsin.yaml:13: sites[1].name:",
                    "tocsin.yaml:16: sites[1].expect.status[1]:", "tocsin.yaml:18: sites[1].headers.X/Y:",
                    "tocsin.yaml:18: sites[1].headers.X/Y:", "tocsin.yaml:19: sites[2].url:",
                    "tocsin.yaml:20: sites[3]:", "tocsin.yaml:21: sites[4].url:", "tocsin.yaml:22: site:",
                ]
            )
            #expect(problems[2].contains("Did you mean `timeout`?"))
            #expect(problems[3].contains("did you mean `interval`?"))
            #expect(problems[5].hasSuffix("Should be a string, not false; write it in quotes."))
            #expect(problems[11].contains("Is the name of sites[0] (line 9) as well"))
            #expect(problems[12].contains("did you mean `sites`?"))
        }
    }

    @Test(arguments: [
        ("", "tocsin.yaml: Should hold"), ("- a\n", "tocsin.yaml:1: Should hold"),
        ("sites: 7\n", "tocsin.yaml:1: sites: Should be a list, not a number."),
        ("sites:\n- url: [\n", "tocsin.yaml:3: Is not YAML: "),
        ("sites:\n- url: a\n  url: b\n", "tocsin.yaml:2: Is not YAML: the key url is there twice"),
        ("sites:\n-\n  [1]: 2\n  url: https://a.example\n", "tocsin.yaml:3: sites[0].?: a key that is not a name"),
        ("sites:\n- url: https://a.example\n  redirects: .inf\n", "tocsin.yaml:3: sites[0].redirects: a number"),
        (
            "x-a: &a\n  interval: often\nsites:\n- <<: *a\n  url: https://a.example\n",
            "tocsin.yaml:2: sites[0].interval:"
        ),
    ])
    func `what is no list of records is told too`(_ text: String, _ start: String) async throws {
        try await CommandServer.with { client in
            let problems = try await problems(text, client)
            #expect(problems.count == 1)
            #expect(problems.first?.hasPrefix(start) == true, "\(problems)")
        }
    }

    @Test func `a variable that is not set is told with its line, and once`() async throws {
        let text = "sites:\n- url: ${HOST}/x\n- url: https://b.example\n  method: ${METHOD}\n  group: ${GROUP}\n"
        try await CommandServer.with { client in
            let problems = try await problems(text, client, ["GROUP": "g"])
            #expect(problems.count == 2)
            #expect(
                problems.first?.hasPrefix("tocsin.yaml:2: sites[0].url: Needs the environment variable `HOST`") == true
            )
            #expect(problems.last?.hasPrefix("tocsin.yaml:4: sites[1].method: Needs the environment") == true)
        }
    }

    @Test func `what came from a variable is not shown`() async throws {
        let text = "sites:\n- url: https://b.example\n  interval: ${INTERVAL}\n"
        try await CommandServer.with { client in
            let problems = try await problems(text, client, ["INTERVAL": "hunter2-and-more"])
            #expect(problems.first?.contains("hunter2") == false)
            #expect(problems.first?.hasSuffix("not \"${INTERVAL}…") == true, "\(problems)")
        }
    }

    @Test func `what only the server can refuse is found before anything is changed`() async throws {
        try await CommandServer.with { client in
            for channel: JSON in [
                ["name": "chat", "type": "slack", "settings": ["url": "https://s.example"]],
                ["name": "hook", "type": "webhook", "settings": ["url": "https://h.example"]],
            ] { _ = try await client.send(.post, ["v1", "channels"], body: channel) }
            _ = try await client.send(
                .post,
                ["v1", "sites"],
                body: ["url": "https://a.example", "headers": ["Accept": "x"]]
            )
            let text = """
                channels:
                - name: chat
                  type: slack
                  settings: {timeout: 5s}
                - name: hook
                  type: slack
                - name: new
                  type: webhook
                  settings:
                    url: nowhere
                sites:
                - url: https://a.example
                  headers: {accept: (hidden), X-Other: (hidden)}
                - url: https://b.example
                  timeout: 2m
                """
            let problems = try await problems(text, client)
            let places = problems.map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
            #expect(
                places == [
                    "tocsin.yaml:5: channels[1].settings.url:", "tocsin.yaml:10: channels[2].settings.url:",
                    "tocsin.yaml:13: sites[0].headers.X-Other:", "tocsin.yaml:15: sites[1].timeout:",
                ]
            )
        }
    }

    @Test func `what the server refuses all the same is told by the lines of the file`() async throws {
        try await CommandServer.with { client in
            let manifest = try Manifest(
                yaml: "sites:\n- url: https://a.example\n- url: https://b.example\n  redirects: 3\n",
                name: "tocsin.yaml",
                environment: [:]
            )
            let changes = [
                ManifestChange(kind: .site, name: "a", action: .add(["url": "https://a.example"], at: "/sites/0")),
                ManifestChange(
                    kind: .site,
                    name: "b",
                    action: .add(["url": "https://b.example", "redirects": 300], at: "/sites/1")
                ),
            ]
            let applier = ManifestApplier(client: client, terminal: Terminal.standard(), source: manifest.source)
            let error = await #expect(throws: ManifestError.self) { try await applier.apply(changes) }
            #expect(error?.sentences.first?.hasPrefix("tocsin.yaml:4: sites[1].redirects: Should be") == true)
            #expect(error?.ending == "1 of 2 changes are made; mend the file and apply it again to go on.")
        }
    }

    @Test func `mistakes are told though no server can be reached`() async throws {
        try await ServerClient.with(.socket(path: "/nowhere/tocsin.sock")) { client in
            await #expect(throws: ManifestError.self) {
                try await client.changes("sites:\n- url: a\n  url2: b\nsite: 1\n")
            }
            await #expect(throws: CommandError.self) { try await client.changes("sites:\n- url: https://a.example\n") }
        }
    }

    @Test func `of very many mistakes the first are told`() {
        let problems = (1...120).map { (line: Int) in
            ManifestError.Problem(line: line, field: "sites[\(line)]", detail: "Bad.")
        }
        let error = ManifestError(file: "f", problems: problems)
        #expect(error.sentences.count == 102)
        #expect(error.sentences[100] == "f has 20 more like these.")
    }
}
