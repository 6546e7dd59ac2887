internal import Notifications
internal import TestSupport
internal import Testing

extension Telling {
    @Suite("Delivery to channels") struct Delivery {
        @Test(
            "The healthy channel gets an event once while the failing one is retried alone",
            arguments: Broker.allCases
        )
        func healthyAndFailing(broker: Broker) async throws {
            try await LocalReceiver.with { healthy in
                try await LocalReceiver.with { index, _ in
                    .respond(status: index < 2 ? 500 : 200)
                } _: { failing in
                    try await withTocsin(on: broker) { tocsin, _ in
                        let server = try await tocsin.serve(["--webhook", healthy.url])
                        try await server.post(
                            "/v1/channels",
                            [
                                "name": "failing", "type": "webhook",
                                "settings": ["url": .string(failing.url), "retry": "200ms,200ms,200ms"],
                            ]
                        )
                        let answer = try await server.postEvent(["type": "demo.hello", "data": ["n": 1]])
                        #expect(answer.status == 202)
                        let id = try #require(answer.json["id"]?.string)

                        try await eventually("the failing channel got it in the end") { failing.requests.count == 3 }
                        try await eventually("the event has ended") {
                            try await server.get("/v1/events/\(id)")["state"]?.string == "ended"
                        }
                        #expect(try failing.webhooks().map(\.id) == [id, id, id])
                        #expect(try healthy.webhooks().map(\.id) == [id])
                        let deliveries = try await server.get("/v1/events/\(id)")["deliveries"]?.array ?? []
                        let attempts = deliveries.compactMap { delivery in
                            delivery["channelName"]?.string.map {
                                ($0, delivery["attempts"]?.int, delivery["state"]?.string)
                            }
                        }
                        #expect(attempts.first { $0.0 == "failing" }?.1 == 3)
                        #expect(attempts.first { $0.0 == "webhook" }?.1 == 1)
                        #expect(attempts.allSatisfy { $0.2 == "sent" })
                    }
                }
            }
        }

        // PITFALLS 22
        @Test(
            "Events are accepted while every channel hangs, and delivered when they answer again",
            arguments: Broker.allCases
        )
        func hangingChannels(broker: Broker) async throws {
            try await LocalReceiver.with { _, _ in
                .hang
            } _: { receiver in
                // Few slots, so that too few attempts fail for the circuit to open.
                let arguments = ["--set", "channels.console=false", "--set", "notifier.concurrency=4"]
                try await withTocsin(on: broker, arguments) { tocsin, _ in
                    let server = try await tocsin.serve()
                    try await server.post(
                        "/v1/channels",
                        [
                            "name": "hanging", "type": "webhook",
                            "settings": [
                                "url": .string(receiver.url), "timeout": "1s", "retry": "500ms,1s,1s,1s,1s,1s,1s",
                            ],
                        ]
                    )
                    var accepted: Set<String> = []
                    for number in 1...100 {
                        let answer = try await server.postEvent(
                            ["type": "demo.hello", "data": ["n": JSON(number)]],
                            within: .seconds(2)
                        )
                        #expect(answer.status == 202)
                        accepted.insert(answer.json["id"]?.string ?? "")
                    }
                    #expect(accepted.count == 100)
                    try await eventually("the channel is tried") { !receiver.requests.isEmpty }

                    let hung = receiver.requests.count
                    receiver.answer { _, _ in .respond(status: 200) }
                    try await eventually("all are delivered", within: .seconds(60)) {
                        Set(try receiver.webhooks().dropFirst(hung).map(\.id)) == accepted
                    }
                }
            }
        }

        @Test("Events are accepted while no notifier lives, and delivered when one starts")
        func deadNotifiers() async throws {
            try await LocalReceiver.with { receiver in
                try await withTocsinOnRedis { tocsin, _ in
                    let api = try await tocsin.serve(["--roles", "api", "--webhook", receiver.url])
                    let first = try await tocsin.serve(roles: "notifier")
                    await first.kill()
                    var accepted: [String] = []
                    for number in 1...50 {
                        let answer = try await api.postEvent(["type": "demo.hello", "data": ["n": JSON(number)]])
                        #expect(answer.status == 202)
                        accepted.append(answer.json["id"]?.string ?? "")
                    }
                    #expect(receiver.requests.isEmpty)
                    _ = try await tocsin.serve(roles: "notifier")
                    try await eventually("all are delivered", within: .seconds(60)) {
                        receiver.requests.count >= accepted.count
                    }
                    #expect(Set(try receiver.webhooks().map(\.id)) == Set(accepted))
                }
            }
        }
    }
}
