internal import Notifications
internal import Redis
internal import TestSupport
internal import Testing

extension Telling {
    @Suite("Foreign clients of Redis") struct ForeignClient {
        @Test("An event that a plain client RPUSHes is delivered; what is none becomes a dead letter and stops nothing")
        func pushing() async throws {
            try await LocalReceiver.with { receiver in
                try await withTocsinOnRedis { tocsin, redis in
                    try await redis.withForeignClient { client in
                        let server = try await tocsin.serve(["--webhook", receiver.url])
                        try await client.command(
                            "RPUSH",
                            "NOTIFICATION_QUEUE",
                            "not json",
                            #"{"type":"demo.hello","subject":"x","data":{}}"#,
                            #"{"a":1}"#,
                            "[]",
                            #"{"type":"demo.last","data":{"big":9223372036854775808}}"#
                        )
                        try await eventually("both events are delivered") { receiver.requests.count == 2 }
                        let webhooks = try receiver.webhooks()
                        #expect(Set(webhooks.map(\.type)) == ["demo.hello", "demo.last"])
                        #expect(webhooks.allSatisfy { $0.isSigned(with: tocsin.webhookSecret) })
                        #expect(webhooks.allSatisfy { !$0.id.isEmpty && !$0.id.contains(".") })
                        #expect(receiver.requests.contains { $0.text.contains("9223372036854775808") })

                        var dead: [JSON] = []
                        try await eventually("what is no event is a dead letter") {
                            dead = try await server.list("/v1/dead-letters", by: "before")
                            return dead.count == 3
                        }
                        #expect(Set(dead.compactMap { $0["body"]?.text }) == [#""not json""#, #"{"a":1}"#, "[]"])
                        #expect(dead.allSatisfy { $0["reason"]?.string?.isEmpty == false })
                        #expect(try await client.command("LLEN", "NOTIFICATION_QUEUE").int() == 0)
                    }
                }
            }
        }

        @Test("A plain client that BLPOPs gets the JSON of an event, its id first")
        func popping() async throws {
            try await withTocsinOnRedis { tocsin, redis in
                try await redis.withForeignClient { client in
                    let api = try await tocsin.serve(["--roles", "api"])
                    let answer = try await api.postEvent(
                        ["type": "demo.hello", "subject": "x", "tags": ["a"], "data": ["n": 1]]
                    )
                    let id = try #require(answer.json["id"]?.string)
                    let popped = try await client.command("BLPOP", "NOTIFICATION_QUEUE", 1).array()
                    let text = try #require(popped.last).string()
                    #expect(text.hasPrefix(#"{"id":"\#(id)""#))
                    let event = try JSON(parsing: text)
                    #expect(event["type"] == "demo.hello")
                    #expect(event["data"] == ["n": 1])
                }
            }
        }

        @Test("A plain consumer of the group gets websiteId and url, and a plain producer's job is checked")
        func jobs() async throws {
            try await LocalSite.with { site in
                try await withTocsinOnRedis(["--interval", "1s"]) { tocsin, redis in
                    try await redis.withForeignClient { client in
                        let server = try await tocsin.serve(["--roles", "pusher,api"])
                        let added = try await server.post("/v1/sites", ["url": .string(site.url("/ours"))])
                        try await eventually("a job is in the stream") {
                            try await client.command("XLEN", "MONITORING_STREAM").int() > 0
                        }
                        // Whoever comes first makes the group.
                        _ = try? await client.command("XGROUP CREATE", "MONITORING_STREAM", "monitors", "0", "MKSTREAM")
                        let reply = try await client.command(
                            "XREADGROUP",
                            "GROUP",
                            "monitors",
                            "foreign",
                            "COUNT",
                            1,
                            "STREAMS",
                            "MONITORING_STREAM",
                            ">"
                        ).map()
                        let entry = try #require(try reply.first?.1.array().first).array()
                        let fields = try #require(entry.last).dictionary()
                        #expect(try fields["websiteId"]?.string() == added["id"]?.string)
                        #expect(try fields["url"]?.string() == site.url("/ours"))
                        try await client.command(
                            "XACK",
                            "MONITORING_STREAM",
                            "monitors",
                            .string(try entry[0].string())
                        )

                        _ = try await tocsin.serve(roles: "monitor")
                        try await client.command(
                            "XADD",
                            "MONITORING_STREAM",
                            "*",
                            "websiteId",
                            "theirs",
                            "url",
                            .string(site.url("/theirs"))
                        )
                        try await eventually("the foreign job is checked") {
                            site.requests.contains { $0.target == "/theirs" }
                        }
                        #expect(try await server.list("/v1/sites", by: "after").count == 1)
                    }
                }
            }
        }

        // PITFALLS 17
        @Test("CLIENT LIST shows one waiting client a notifier, and an idle time costs a few commands")
        func waiting() async throws {
            try await withTocsinOnRedis { tocsin, redis in
                try await redis.withForeignClient { client in
                    _ = try await tocsin.serve(["--roles", "api"])
                    _ = try await tocsin.serve(roles: "notifier")
                    _ = try await tocsin.serve(roles: "notifier")
                    func blocked() async throws -> Int {
                        try await client.command("CLIENT LIST").string().split(separator: "\n")
                            .count { $0.contains(" flags=b ") }
                    }
                    try await eventually("both notifiers wait") { try await blocked() == 2 }
                    try await RedisMonitor.with(redis) { monitor in
                        for _ in 1...20 {
                            #expect(try await blocked() <= 2)
                            try await Task.sleep(for: .milliseconds(100))
                        }
                        let theirs = monitor.commands.filter { $0.client != "lua" && !$0.name.hasPrefix("CLIENT") }
                        // Two seconds of two notifiers, each of which waits a second at most and beats once a second.
                        #expect(theirs.count < 60, "\(theirs.map(\.name))")
                    }
                }
            }
        }

        @Test("With one slot, events are delivered in the order in which they were pushed")
        func order() async throws {
            try await LocalReceiver.with { receiver in
                try await withTocsinOnRedis(["--set", "notifier.concurrency=1"]) { tocsin, redis in
                    try await redis.withForeignClient { client in
                        _ = try await tocsin.serve(["--roles", "api", "--webhook", receiver.url])
                        for number in 0..<50 {
                            try await client.command(
                                "RPUSH",
                                "NOTIFICATION_QUEUE",
                                #"{"type":"demo.hello","data":{"n":\#(number)}}"#
                            )
                        }
                        _ = try await tocsin.serve(roles: "notifier")
                        try await eventually("all are delivered", within: .seconds(60)) {
                            receiver.requests.count >= 50
                        }
                        #expect(try receiver.webhooks().compactMap { $0.data["n"]?.int } == Array(0..<50))
                    }
                }
            }
        }
    }
}
