import TestSupport
import HTTPTypes
import Monitoring
import Notifications
import Testing

@testable import Web

@Suite struct EventsAPITests {
    @Test("An event is accepted once the queue has it, and its state can be asked for")
    func accept() async throws {
        try await TestSite.with { site in
            let answer = try await site.api(.post, "/v1/events", #"{"type":"demo.hello"}"#, token: site.sender)
            #expect(answer.status == 202)
            let id = try #require(try answer.json["id"]?.string)
            #expect(try await site.dependencies.queue.counts().waiting == 1)
            let shown = try await site.api(.get, "/v1/events/\(id)")
            #expect(shown.status == 200)
            #expect(try shown.json["state"] == "queued" && shown.json["deliveries"] == [])
            #expect(try await site.api(.get, "/v1/events/none").status == 404)
            #expect(try await site.api(.get, "/v1/events/a%20b").status == 404)
        }
    }

    @Test("An array is accepted whole or not at all")
    func arrays() async throws {
        try await TestSite.with { site in
            let answer = try await site.api(.post, "/v1/events", #"[{"type":"a.b"},{"type":"a.c"}]"#)
            #expect(answer.status == 403)
            let accepted = try await site.api(
                .post,
                "/v1/events",
                #"[{"type":"a.b"},{"type":"a.c"}]"#,
                token: site.sender
            )
            #expect(try accepted.json["ids"]?.array?.count == 2)
            let wrong = try await site.api(.post, "/v1/events", #"[{"type":"a.b"},{"colour":1}]"#, token: site.sender)
            #expect(wrong.status == 422)
            #expect(try wrong.pointers.allSatisfy { $0.hasPrefix("/1") })
            #expect(try await site.dependencies.queue.counts().waiting == 2)
        }
    }

    @Test("The same key and body get the first answer again, and another body is refused")
    func idempotency() async throws {
        try await TestSite.with { site in
            func send(_ body: String) async throws -> Answer {
                var headers = HTTPFields()
                headers[named: "Idempotency-Key"] = "key-1"
                return try await site.api(.post, "/v1/events", body, token: site.sender, headers: headers)
            }
            let first = try await send(#"{"type":"a.b"}"#)
            #expect(first.headers[named: "Idempotency-Replayed"] == nil)
            let second = try await send(#"{"type":"a.b"}"#)
            #expect(second.status == 202 && second.headers[named: "Idempotency-Replayed"] == "true")
            #expect(first.body == second.body)
            #expect(try await send(#"{"type":"a.c"}"#).status == 422)
            #expect(try await site.dependencies.queue.counts().waiting == 1)
        }
    }

    @Test("Wrong input is refused with a problem, and nothing is queued")
    func wrongInput() async throws {
        try await TestSite.with { site in
            let large = #"{"type":"a.b","data":"\#(String(repeating: "x", count: 2 << 20))"}"#
            for (body, type, status) in [
                ("not json", "application/json", 400), (large, "application/json", 413),
                (#"{"type":"a.b","colour":1}"#, "application/json", 422), (#"{"type":"a.b"}"#, "text/plain", 415),
                (#"{"a":1}"#, "application/json", 422), ("", "application/json", 400),
            ] {
                let answer = try await site.api(
                    .post,
                    "/v1/events",
                    body,
                    token: site.sender,
                    headers: [.contentType: type]
                )
                #expect(answer.status == status, "\(body.prefix(40))")
                #expect(answer.headers[.contentType] == "application/problem+json")
                #expect(try answer.json["status"] == JSON(status))
            }
            #expect(try await site.dependencies.queue.counts().waiting == 0)
        }
    }

    @Test("A body without an announced length is cut off at the limit too")
    func streamedBody() async throws {
        try await TestSite.with { site in
            let half = String(repeating: "x", count: RequestBodyReader.limit)
            let answer = try await site.api(.post, "/v1/events", #"{"type":""# + half, token: site.sender)
            #expect(answer.status == 413)
        }
    }

    @Test("A broker that does not answer leads to 503 within two seconds, never to 202")
    func hangingBroker() async throws {
        try await TestSite.with({ dependencies in
            let queue = HangingQueue()
            dependencies.queue = queue
            dependencies.intake = EventIntake(queue: queue, time: dependencies.time)
        }) { site in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let answer = try await site.api(.post, "/v1/events", #"{"type":"a.b"}"#, token: site.sender)
                    #expect(answer.status == 503)
                    #expect(answer.headers[.retryAfter] != nil)
                    #expect(answer.headers[.contentType] == "application/problem+json")
                }
                await site.time.sleepers(1)
                site.time.advance(by: .seconds(2))
                try await group.waitForAll()
            }
        }
    }

    @Test("A broker that is away or full is 503 with the time to come back")
    func brokerAway() async throws {
        for code in [QueueError.Code.unavailable, .full] {
            try await TestSite.with({ dependencies in
                let queue = HangingQueue(error: QueueError(code, "The broker is away."))
                dependencies.queue = queue
                dependencies.intake = EventIntake(queue: queue, time: dependencies.time)
            }) { site in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        let answer = try await site.api(.post, "/v1/events", #"{"type":"a.b"}"#, token: site.sender)
                        #expect(answer.status == 503)
                        #expect(answer.headers[.retryAfter] != nil)
                    }
                    group.addTask {
                        // A repeat inside the server waits before it tries again.
                        while !Task.isCancelled {
                            site.time.advance(by: .milliseconds(200))
                            try await Task.sleep(for: .milliseconds(2))
                        }
                    }
                    try await group.next()
                    group.cancelAll()
                }
            }
        }
    }
}
