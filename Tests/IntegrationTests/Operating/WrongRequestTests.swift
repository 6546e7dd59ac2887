internal import Notifications
internal import TestSupport
internal import Testing

extension Operating {
    @Suite("Wrong requests") struct WrongRequest {
        @Test("Each is answered with a problem of the right status, and nothing is done")
        func requests() async throws {
            try await LocalReceiver.with { receiver in
                try await withTocsin { tocsin in
                    let server = try await tocsin.serve(["--webhook", receiver.url])
                    let large = #"{"type":"demo.hello","data":{"text":"\#(String(repeating: "x", count: 2 << 20))"}}"#
                    let cases: [(path: String, body: String, status: Int, pointer: String?)] = [
                        ("/v1/events", #"{"type":"demo.hello""#, 400, nil),
                        ("/v1/events", "", 400, nil),
                        ("/v1/events", large, 413, nil),
                        ("/v1/events", #"{"type":"demo.hello","colour":"red"}"#, 422, "/colour"),
                        ("/v1/events", #"{"data":{}}"#, 422, "/type"),
                        ("/v1/events", #"[{"type":"demo.hello"},{"typ":"demo.hello"}]"#, 422, "/1/typ"),
                        ("/v1/events", "[]", 422, ""),
                        ("/v1/sites", #"{"url":"ftp://example.com"}"#, 422, "/url"),
                        ("/v1/sites", #"{"url":"http://example.com","interval":"0s"}"#, 422, "/interval"),
                        ("/v1/sites", #"{"url":"http://example.com","interval":0}"#, 422, "/interval"),
                        ("/v1/sites", #"{"url":"http://example.com","colour":"red"}"#, 422, "/colour"),
                        ("/v1/sites", #"{"url":"http://example.com","dependsOn":["1"]}"#, 422, "/dependsOn"),
                        ("/v1/channels", #"{"name":"x","type":"pigeon"}"#, 422, "/type"),
                        ("/v1/channels", #"{"name":"x","type":"webhook"}"#, 422, "/settings/url"),
                    ]
                    for (path, body, status, pointer) in cases {
                        let answer = try await server.call("POST", path, body: Array(body.utf8))
                        let what = Comment(rawValue: "POST \(path) \(body.prefix(80)): \(answer.status) \(answer.text)")
                        #expect(answer.status == status, what)
                        #expect(answer.header("Content-Type") == "application/problem+json", what)
                        #expect(answer.json["status"]?.int == status, what)
                        #expect(answer.json["detail"]?.string?.isEmpty == false || pointer != nil, what)
                        if let pointer {
                            let pointers = answer.json["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? []
                            #expect(pointers.contains(pointer), what)
                        }
                    }
                    #expect(try await server.list("/v1/sites", by: "after").isEmpty)
                    #expect(try await server.list("/v1/channels", by: "after").count == 2)
                    let queue = try await server.get("/v1/status")["queue"]
                    #expect(queue?["waiting"]?.int == 0)
                    #expect(queue?["dead"]?.int == 0)
                    #expect(receiver.requests.isEmpty)
                }
            }
        }

        @Test("Without a token, or with one of too narrow a scope, nothing is answered but why")
        func tokens() async throws {
            try await withTocsin { tocsin in
                let server = try await tocsin.serve()
                let stranger = server.with(token: nil)
                let forger = server.with(token: "wrong")
                for visitor in [stranger, forger] {
                    #expect(try await visitor.call("GET", "/v1/sites").status == 401)
                    #expect(try await visitor.postEvent(["type": "demo.hello"]).status == 401)
                    #expect(try await visitor.call("GET", "/healthz").status == 200)
                }
                let made = try await server.post("/v1/tokens", ["name": "sender", "scopes": ["events:write"]])
                let sender = server.with(token: made["token"]?.string)
                #expect(try await sender.postEvent(["type": "demo.hello"]).status == 202)
                #expect(try await sender.call("GET", "/v1/sites").status == 403)
            }
        }

        @Test(
            "An event under the same key is answered again, and another one under it is refused",
            arguments: Broker.allCases
        )
        func idempotency(broker: Broker) async throws {
            try await LocalReceiver.with { receiver in
                try await withTocsin(on: broker) { tocsin, _ in
                    let server = try await tocsin.serve(["--webhook", receiver.url])
                    let first = try await server.postEvent(["type": "demo.hello"], idempotencyKey: "k")
                    let again = try await server.postEvent(["type": "demo.hello"], idempotencyKey: "k")
                    let other = try await server.postEvent(["type": "demo.other"], idempotencyKey: "k")
                    #expect([first.status, again.status, other.status] == [202, 202, 422])
                    #expect(first.json == again.json)
                    #expect(first.header("Idempotency-Replayed") == nil)
                    #expect(again.header("Idempotency-Replayed") == "true")
                    #expect(try await server.postEvent(["type": "demo.last"]).status == 202)
                    try await eventually("two events are delivered") { receiver.requests.count >= 2 }
                    #expect(Set(try receiver.webhooks().map(\.type)) == ["demo.hello", "demo.last"])
                    #expect(receiver.requests.count == 2)
                }
            }
        }
    }
}
