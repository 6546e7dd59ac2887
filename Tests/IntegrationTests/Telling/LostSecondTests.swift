internal import Notifications
internal import TestSupport
internal import Testing

extension Telling {
    @Suite("A Redis that comes back without its last second") struct LostSecond {
        // PITFALLS 18, 21
        @Test("What it has lost is told all the same, and what it has kept is not told twice")
        func transitionsAndEvents() async throws {
            try await LocalSite.with { site in
                try await LocalReceiver.with { receiver in
                    try await withRedisServer(appendOnly: true, fsync: "everysec") { redis in
                        let common = ["--broker", redis.url, "--interval", "1s", "--set", "channels.console=false"]
                        try await withTocsin(common) { tocsin in
                            let server = try await tocsin.serve(
                                ["--roles", "pusher,monitor,api", "--webhook", receiver.url, site.url()]
                            )
                            try await eventually("the site is up", within: .seconds(60)) {
                                try await server.get("/v1/status")["sites"]?["up"] == 1
                            }
                            // From here on nothing reaches the disk. Nobody delivers yet.
                            let mark = try redis.logMark()
                            try await site.stop()
                            let accepted = try await server.postEvent(["type": "order.paid", "data": ["n": 1]])
                            #expect(accepted.status == 202)
                            try await eventually("both are queued", within: .seconds(60)) {
                                try await server.get("/v1/status")["queue"]?["waiting"] == 2
                            }
                            try await redis.restart(losingAllSince: mark)
                            try await eventually("it is noticed", within: .seconds(60)) {
                                let log = server.process.errors
                                return log.contains("transitions are offered again")
                                    && log.contains("events that were accepted; they are queued again")
                            }
                            try await eventually("both are queued again", within: .seconds(60)) {
                                try await server.get("/v1/status")["queue"]?["waiting"] == 2
                            }
                            #expect(try await server.get("/v1/status")["queue"]?["lost"] == 0)

                            _ = try await tocsin.serve(roles: "notifier")
                            try await eventually("both are told", within: .seconds(60)) {
                                receiver.requests.count == 2
                            }
                            // It is started anew and has lost nothing.
                            try await redis.restart()
                            let offers = server.process.errorLines.count { $0.contains("are offered again") }
                            try await eventually("all is offered once more", within: .seconds(60)) {
                                server.process.errorLines.count { $0.contains("are offered again") } > offers
                            }
                            try await eventually("the queue is empty", within: .seconds(60)) {
                                let queue = try await server.get("/v1/status")["queue"]
                                return queue?["waiting"] == 0 && queue?["held"] == 0 && queue?["scheduled"] == 0
                            }
                            let webhooks = try receiver.webhooks()
                            #expect(Set(webhooks.map(\.type)) == ["site.down", "order.paid"])
                            #expect(webhooks.count == 2)
                            #expect(webhooks.contains { $0.id == accepted.json["id"]?.string })
                        }
                    }
                }
            }
        }
    }
}
