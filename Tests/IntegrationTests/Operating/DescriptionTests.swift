internal import Foundation
internal import Notifications
internal import TestSupport
internal import Testing

extension Operating {
    /// `openapi.yaml` against the program: what it says is what the server does.
    @Suite("The description of the API") struct Description {
        private static let description = "Sources/CWebAssets/files/openapi.yaml"
        /// All addresses but 127.0.0.0/8.
        private static let everythingElse =
            "0.0.0.0/2,64.0.0.0/3,96.0.0.0/4,112.0.0.0/5,120.0.0.0/6,124.0.0.0/7,126.0.0.0/8,128.0.0.0/1,::/0"

        @Test("It is valid OpenAPI 3.1")
        func valid() async throws {
            try await withTemporaryDirectory { directory in
                let outcome = try await PythonTool.run(
                    "openapi-spec-validator",
                    [PythonTool.file(Self.description)],
                    in: directory
                )
                #expect(outcome.status == 0, "\(outcome.output)")
            }
        }

        /// `TOCSIN_API_EXAMPLES` makes it try more than the 15 examples of each operation that `make test` has time for.
        @Test("A property-based tester finds nothing that the description does not allow")
        func tester() async throws {
            let examples = ProcessInfo.processInfo.environment["TOCSIN_API_EXAMPLES"].flatMap { Int($0) } ?? 15
            try await LocalReceiver.with({ _, _ in .respond(status: 400, body: "no") }) { receiver in
                // Of what the tester makes up, nothing beyond this machine is called.
                try await withTocsin(["--interval", "30d", "--set", "network.deny=\(Self.everythingElse)"]) { tocsin in
                    let server = try await tocsin.serve()
                    try await fill(server, receiver: receiver.url)
                    let outcome = try await PythonTool.run(
                        "schemathesis",
                        [
                            "--config-file", PythonTool.file("Tests/Tools/schemathesis.toml"),
                            "run", PythonTool.file(Self.description),
                            "--url", server.url, "--header", "Authorization: Bearer \(try #require(server.token))",
                            "--checks", "all", "--seed", "1", "--max-examples", "\(examples)",
                            // It would revoke the token that it comes with.
                            "--exclude-operation-id", "revokeToken",
                        ],
                        in: tocsin.directory,
                        within: .seconds(60 + 3 * examples)
                    )
                    #expect(outcome.status == 0, "\(outcome.output.suffix(8_000))")
                    #expect(try await server.call("GET", "/readyz").status == 200)
                }
            }
        }

        /// So that there is something of every kind: a site, an incident, a channel, an event and a dead letter.
        private func fill(_ server: TocsinServerUnderTest, receiver: String) async throws {
            try await server.post("/v1/sites", ["url": "http://127.0.0.1:9", "confirm": ["failures": 1]])
            try await server.post(
                "/v1/channels",
                ["name": "refuses", "type": "webhook", "settings": ["url": .string(receiver)]]
            )
            try await server.post("/v1/events", ["type": "demo.hello", "id": "1"])
            try await eventually("an incident and a dead letter", within: .seconds(30)) {
                let incidents = try await server.get("/v1/incidents")["items"]?.array ?? []
                let letters = try await server.get("/v1/dead-letters")["items"]?.array ?? []
                return !incidents.isEmpty && !letters.isEmpty
            }
        }
    }
}
