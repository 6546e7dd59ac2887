import TestSupport
import HTTPTypes
import Monitoring
import Notifications
import Testing

@testable import Web

@Suite struct OperationsAPITests {
    @Test("An incident is listed, shown and acknowledged by the token's name, once")
    func incidents() async throws {
        try await TestSite.with { site in
            let id = try await site.addSite()
            try await site.record(id, .down, after: 60)
            let list = try await site.api(.get, "/v1/incidents?open=true").json
            let incident = try #require(list["items"]?.array?.first)
            #expect(incident["site"] == .string(id.description) && incident["state"] == "open")
            let path = "/v1/incidents/\(try #require(incident["id"]?.string))"
            #expect(try await site.api(.get, path).json["failure"]?["message"] == "connection refused")
            let acknowledged = try await site.api(.post, path + "/acknowledge").json
            #expect(acknowledged["acknowledgedBy"] == .string(site.manager))
            site.time.advance(by: .seconds(9))
            #expect(try await site.api(.post, path + "/acknowledge").json == acknowledged)
            #expect(try await site.api(.post, "/v1/incidents/99/acknowledge").status == 404)
            #expect(try await site.api(.get, "/v1/incidents?open=maybe").status == 400)
        }
    }

    @Test("Dead letters are listed, shown, replayed and discarded")
    func deadLetters() async throws {
        try await TestSite.with { site in
            let ids = try await site.bury(["not json", "[]", #"{"a":1}"#])
            let list = try await site.api(.get, "/v1/dead-letters?limit=2").json
            #expect(list["items"]?.array?.count == 2 && list["next"] != .null)
            let shown = try await site.api(.get, "/v1/dead-letters/\(ids[0])").json
            #expect(shown["reason"] == "not an event")
            #expect(try await site.api(.post, "/v1/dead-letters/\(ids[0])/replay").json["replayed"] == 1)
            #expect(try await site.api(.delete, "/v1/dead-letters/\(ids[1])").status == 204)
            #expect(try await site.api(.get, "/v1/dead-letters/\(ids[1])").status == 404)
            #expect(try await site.api(.post, "/v1/dead-letters/replay", #"{"all":true}"#).json["replayed"] == 1)
            #expect(try await site.api(.get, "/v1/dead-letters").json["items"] == [])
            #expect(try await site.api(.post, "/v1/dead-letters/replay", "{}").status == 422)
            #expect(try await site.api(.post, "/v1/dead-letters/replay", #"{"ids":["x"]}"#).json["replayed"] == 0)
            #expect(try await site.api(.post, "/v1/dead-letters/nothing/replay").status == 404)
        }
    }

    @Test("Dead letters are found, replayed and discarded by a filter, step by step")
    func filteredDeadLetters() async throws {
        try await TestSite.with { site in
            _ = try await site.bury(["not json", #"{"type":"order.paid"}"#, #"{"type":"order.shipped"}"#, "[]"])
            func count(_ query: String) async throws -> Int? {
                try await site.api(.get, "/v1/dead-letters?\(query)").json["items"]?.array?.count
            }
            #expect(try await count("type=order.*") == 2)
            #expect(try await count("type=order.paid&reason=NOT+AN") == 1)
            #expect(try await count("reason=nothing+like+it") == 0)
            #expect(try await count("since=2001-01-01T00:00:00Z") == 4)
            #expect(try await count("until=2001-01-01T00:00:00Z") == 0)
            #expect(try await site.api(.get, "/v1/dead-letters?type=a%20b").status == 400)

            let replay = "/v1/dead-letters/replay"
            for wrong in [
                #"{"all":true,"type":"order.*"}"#, #"{"ids":[],"next":"~1"}"#, #"{"type":"a b"}"#, #"{"all":false}"#,
                #"{"all":true,"rate":0}"#, #"{"all":true,"next":"x"}"#, #"{"since":"yesterday"}"#,
                #"{"all":true,"speed":1}"#,
            ] {
                #expect(try await site.api(.post, replay, wrong).status == 422, "\(wrong)")
            }
            #expect(try await count("") == 4)
            let answer = try await site.api(.post, replay, #"{"type":"order.*","rate":5}"#).json
            #expect(answer == ["replayed": 2, "full": 0, "gone": 0, "next": .null])
            let discarded = try await site.api(.post, "/v1/dead-letters/discard", #"{"reason":"event"}"#).json
            #expect(discarded == ["discarded": 2, "next": .null])
            #expect(try await site.api(.get, "/v1/status").json["queue"]?["discarded"] == 2)
            #expect(try await site.api(.get, "/metrics").body.contains("tocsin_dead_letters_discarded_total 2"))
        }
    }

    @Test("A token's secret is answered once, and works until the token is revoked")
    func tokens() async throws {
        try await TestSite.with { site in
            let created = try await site.api(.post, "/v1/tokens", #"{"name":"ci","scopes":["events:write"]}"#)
            #expect(created.status == 201)
            let secret = try #require(try created.json["token"]?.string)
            #expect(try await !site.api(.get, "/v1/tokens").body.contains(secret))
            #expect(try await site.api(.post, "/v1/events", #"{"type":"a.b"}"#, token: secret).status == 202)
            let path = try #require(created.location)
            #expect(try await site.api(.delete, path).status == 204)
            #expect(try await site.api(.post, "/v1/events", #"{"type":"a.b"}"#, token: secret).status == 401)
            #expect(try await site.api(.delete, path).status == 404)
            let again = #"{"name":"manager-secret","scopes":["read"]}"#
            #expect(try await site.api(.post, "/v1/tokens", again).status == 409)
            #expect(
                try await site.api(.post, "/v1/tokens", #"{"scopes":["root"]}"#).pointers == ["/name", "/scopes/0"]
            )
        }
    }

    @Test("The status tells where everything is, and metrics tell the same numbers")
    func status() async throws {
        try await TestSite.with { site in
            _ = try await site.api(.post, "/v1/sites", #"{"url":"https://example.com"}"#)
            let status = try await site.api(.get, "/v1/status").json
            let region = try #require(status["regions"]?.array?.first)
            #expect(status["version"] == "1.2.3" && status["problems"] == [])
            #expect(region["region"] == "default" && region["waiting"] == 1 && region["pushed"] == 1)
            #expect(region["missed"] == 0 && region["leader"] == .null && region["ends"]?["result"] == 0)
            #expect(status["sites"]?["pending"] == 1 && status["sites"]?["total"] == 1)
            #expect(status["queue"]?["waiting"] == 0)
            let metrics = try await site.api(.get, "/metrics", token: .some(nil))
            #expect(metrics.headers[.contentType]?.hasPrefix("text/plain; version=0.0.4") == true)
            for line in [
                "tocsin_jobs_waiting{region=\"default\"} 1", "tocsin_sites{state=\"pending\"} 1",
                "# TYPE tocsin_jobs_pushed_total counter", "tocsin_reachable{part=\"queue\"} 1",
                "tocsin_build_info{version=\"1.2.3\"} 1",
            ] {
                #expect(metrics.body.split(separator: "\n").contains(Substring(line)), "\(line)")
            }
        }
    }

    @Test("A part that is away is named in the status, and the rest is told all the same")
    func partialStatus() async throws {
        try await TestSite.with({ $0.queue = HangingQueue(error: QueueError(.unavailable, "The broker is away.")) }) {
            site in
            let status = try await site.api(.get, "/v1/status")
            #expect(status.status == 200)
            #expect(try status.json["queue"] == .null && status.json["sites"]?["total"] == 0)
            #expect(try status.json["problems"] == ["queue: The broker is away."])
            #expect(try await site.api(.get, "/metrics").body.contains("tocsin_reachable{part=\"queue\"} 0"))
            #expect(try await site.api(.get, "/healthz", token: .some(nil)).body == "ok\n")
        }
    }

    @Test("Readiness follows the roles, with the reason")
    func readiness() async throws {
        try await TestSite.with { site in
            #expect(try await site.api(.get, "/readyz", token: .some(nil)).status == 200)
            site.readiness.set(.notReady("Waiting for Redis."))
            let answer = try await site.api(.get, "/readyz", token: .some(nil))
            #expect(answer.status == 503)
            #expect(try answer.json["roles"]?["pusher"]?["reason"] == "Waiting for Redis.")
        }
    }

    @Test("What has no route is a problem too, and a wrong method names the right ones")
    func withoutRoute() async throws {
        try await TestSite.with { site in
            let nothing = try await site.api(.get, "/v1/nothing")
            #expect(nothing.status == 404 && nothing.headers[.contentType] == "application/problem+json")
            let wrong = try await site.api(.delete, "/v1/events")
            #expect(wrong.status == 405 && wrong.headers[.allow] == "OPTIONS, POST")
            #expect(try await site.api(.put, "/v1/sites/1").headers[.allow] == "DELETE, GET, HEAD, OPTIONS, PATCH")
        }
    }

    @Test("Every answer carries the headers that protect its reader")
    func headers() async throws {
        try await TestSite.with { site in
            for path in ["/", "/v1/status", "/nothing", "/healthz"] {
                let answer = try await site.browser(.get, path)
                let policy = try #require(answer.headers[.contentSecurityPolicy])
                #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
                #expect(answer.headers[.xContentTypeOptions] == "nosniff")
                #expect(answer.headers[named: "X-Frame-Options"] == "DENY")
            }
        }
    }

    @Test("The description of the API names every route of the API, and no other")
    func openAPI() async throws {
        try await TestSite.with { site in
            let text = try await site.api(.get, "/openapi.yaml", token: .some(nil)).body
            var described: Set<String> = []
            var path = ""
            for line in text.split(separator: "\n") {
                if line.hasPrefix("  /"), line.hasSuffix(":") { path = line.dropFirst(2).dropLast().description }
                if !path.isEmpty, line.hasPrefix("    "), !line.hasPrefix("     "), line.hasSuffix(":") {
                    let method = line.dropFirst(4).dropLast().uppercased()
                    if ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(method) {
                        described.insert("\(method) \(path)")
                    }
                }
                if line == "components:" { break }
            }
            let routes = site.site.endpoints.filter { endpoint in
                ["/v1/", "/status.", "/status/", "/badge/"].contains { endpoint.path.hasPrefix($0) }
                    || ["/healthz", "/readyz", "/metrics", "/openapi.yaml", "/docs", "/status"].contains(endpoint.path)
            }.map { "\($0.method.rawValue) \($0.path)" }
            #expect(described == Set(routes))
        }
    }
}

extension TestSite {
    /// Makes dead letters of what is no event, and answers their ids, newest first.
    func bury(_ bodies: [String]) async throws -> [String] {
        let queue = dependencies.queue
        let elements = bodies.map {
            EnqueueRequest.Element(id: .made(at: SystemTime().now()), body: Array($0.utf8), ownHash: nil)
        }
        _ = try await queue.enqueue(EnqueueRequest(key: nil, elements: elements))
        let request = ClaimRequest(boot: "test", lease: .seconds(5), freeEvents: 10, freeDeliveries: 0)
        let claim = try await queue.claim(request)
        _ = try await queue.complete(
            claim.events.map { .event(token: $0.token, id: nil, hash: nil, end: .dead(reason: "not an event")) },
            as: "test"
        )
        return try await queue.deadLetters(DeadLetterQuery()).items.map(\.id)
    }
}
