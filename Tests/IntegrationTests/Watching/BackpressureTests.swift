internal import Notifications
internal import Redis
internal import TestSupport
internal import Testing

extension Watching {
    @Suite("Backpressure") struct Backpressure {
        @Test(
            "Without monitors the backlog stays under the high-water mark and a page, and missed grows; with one, results come again"
        )
        func monitorsStopped() async throws {
            let settings = [
                "--interval", "2s", "--set", "pusher.schedule=burst", "--set", "stream.maxLength=400",
                "--set", "pusher.highWater=200", "--set", "pusher.batchSize=100",
            ]
            try await LocalSite.with { site in
                try await withTocsinOnRedis(settings) { tocsin, redis in
                    try await redis.withForeignClient { client in
                        let server = try await tocsin.serve(["--roles", "pusher,api"])
                        try await server.put(
                            "/v1/sites",
                            .array((1...1_000).map { ["url": .string(site.url("/\($0)"))] })
                        )
                        var longest = 0
                        var missed = 0
                        try await eventually("slots are missed, more and more", within: .seconds(60)) {
                            longest = max(longest, try await client.command("XLEN", "MONITORING_STREAM").int())
                            let now = try await region(of: server)["missed"]?.int ?? 0
                            if missed == 0 { missed = now }
                            return missed > 0 && now > missed
                        }
                        #expect((100...300).contains(longest))
                        #expect(try await region(of: server)["trimmed"]?.int == 0)

                        _ = try await tocsin.serve(roles: "monitor")
                        // Of what waited, most is older than its interval: only a later slot fills this.
                        try await eventually("later slots are checked", within: .seconds(60)) {
                            try await region(of: server)["ends"]?["result"]?.int ?? 0 > 400
                        }
                        #expect(try await region(of: server)["trimmed"]?.int == 0)
                    }
                }
            }
        }

        // PITFALLS 4, 9
        @Test(
            "A stream that a foreign producer overfills stays under its limit and a node, and trimmed is what vanished"
        )
        func overfilled() async throws {
            let settings = ["--interval", "1s", "--set", "stream.maxLength=1000"]
            try await withTocsinOnRedis(settings) { tocsin, redis in
                try await redis.withForeignClient { client in
                    let server = try await tocsin.serve(["--roles", "pusher,api"])
                    try await server.put("/v1/sites", [["url": "http://127.0.0.1:9/"]])
                    try await eventually("the pusher has begun") {
                        try await client.command("XLEN", "MONITORING_STREAM").int() > 0
                    }
                    for _ in 1...10 {
                        let jobs = (1...500).map { number in
                            RedisCommand(
                                "XADD",
                                "MONITORING_STREAM",
                                "*",
                                "websiteId",
                                "foreign-\(number)",
                                "url",
                                "http://127.0.0.1:9/"
                            )
                        }
                        for reply in try await client.pipeline(jobs) { _ = try reply.get() }
                    }
                    var length = 0
                    try await eventually("the stream is cut") {
                        length = try await client.command("XLEN", "MONITORING_STREAM").int()
                        return length <= 1_000 + 100
                    }
                    try await eventually("the counter tells of it") {
                        let region = try await region(of: server)
                        length = try await client.command("XLEN", "MONITORING_STREAM").int()
                        return region["pushed"]?.int == length + (region["trimmed"]?.int ?? 0)
                    }
                    #expect(try await region(of: server)["trimmed"]?.int ?? 0 >= 3_900)
                    try await eventually("the log says why") {
                        server.process.errors.contains("dropped its oldest jobs")
                    }
                }
            }
        }

        private func region(of server: TocsinServerUnderTest) async throws -> JSON {
            try await server.get("/v1/status")["regions"]?.array?.first ?? .null
        }
    }
}
