internal import Notifications
internal import TestSupport
internal import Testing

extension Watching {
    // PITFALLS 23
    @Suite("Processes that share a PostgreSQL and a Redis") struct SharedDatabase {
        @Test("When the database is killed every role waits, says so, and goes on by itself when it is back")
        func killed() async throws {
            try await LocalSite.with { site in
                try await LocalReceiver.with { receiver in
                    try await onPostgres(["--interval", "1s"]) { tocsin, postgres in
                        let api = try await tocsin.serve(["--roles", "api", "--webhook", receiver.url])
                        var roles: [TocsinProcess] = []
                        for role in ["pusher", "monitor", "monitor", "notifier"] {
                            roles.append(try await tocsin.serve(roles: role))
                        }
                        try await api.post("/v1/sites", ["url": .string(site.url())])
                        try await eventually("the site is checked", within: .seconds(30)) {
                            try await api.get("/v1/status")["sites"]?["up"]?.int == 1
                        }

                        try await postgres.kill()
                        try await eventually("/readyz names the database") {
                            let answer = try await api.call("GET", "/readyz")
                            return answer.status == 503
                                && answer.json["roles"]?["database"]?["ready"]?.bool == false
                        }
                        #expect(try await api.call("GET", "/healthz").status == 200)
                        // The broker has it, so it is accepted; who gets it is known when the database is back.
                        #expect(try await api.postEvent(["type": "demo.during"]).status == 202)

                        try await postgres.start()
                        try await eventually("every role is ready", within: .seconds(30)) {
                            try await api.call("GET", "/readyz").status == 200
                        }
                        try await eventually("the event is delivered", within: .seconds(30)) {
                            try receiver.webhooks().contains { $0.type == "demo.during" }
                        }
                        let seen = site.requests.count
                        try await eventually("the site is checked on", within: .seconds(30)) {
                            site.requests.count >= seen + 3
                        }
                        // Nothing is taken for down because we could not write.
                        #expect(try receiver.webhooks().map(\.type) == ["demo.during"])

                        try await site.stop()
                        try await eventually("its fall is told", within: .seconds(30)) {
                            try receiver.webhooks().contains { $0.type == "site.down" }
                        }
                        try await site.start()
                        try await eventually("its rise is told", within: .seconds(30)) {
                            try receiver.webhooks().contains { $0.type == "site.up" }
                        }
                        #expect(try receiver.webhooks().map(\.type) == ["demo.during", "site.down", "site.up"])
                        for process in roles + [api.process] { #expect(process.isRunning, "\(process.summary)") }
                        try await expectEveryJobEnded(api, stopping: roles[0])
                    }
                }
            }
        }

        /// Stops the pusher, and expects that each of the jobs that it had pushed has come to one end.
        private func expectEveryJobEnded(_ api: TocsinServerUnderTest, stopping pusher: TocsinProcess) async throws {
            pusher.terminate()
            #expect(try await pusher.exitStatus() == 0)
            var region = JSON.null
            try await eventually("nothing waits any more", within: .seconds(60)) {
                region = try await api.get("/v1/status")["regions"]?.array?.first ?? .null
                return region["waiting"]?.int == 0 && region["held"]?.int == 0
            }
            let ends = region["ends"]?.members?.reduce(0) { $0 + ($1.value.int ?? 0) }
            #expect(region["pushed"]?.int == ends)
            let site = try #require(try await api.list("/v1/sites?limit=10", by: "after").first?["id"]?.string)
            let results = try await api.list("/v1/sites/\(site)/results?limit=100", by: "before")
            #expect(results.count == region["ends"]?["result"]?.int)
            #expect(Set(results.compactMap { $0["slot"]?.string }).count == results.count)
        }

        @Test("Four first starts at once make one token, one site and one channel")
        func firstStarts() async throws {
            try await LocalSite.with { site in
                try await onPostgres([]) { tocsin, _ in
                    var processes: [TocsinProcess] = []
                    for number in 0..<4 {
                        processes.append(
                            try tocsin.start(
                                [
                                    "serve", site.url(), "--listen", "127.0.0.1:\(try await freePort())",
                                    "--socket", "tocsin-\(number).sock",
                                ] + tocsin.common
                            )
                        )
                    }
                    for process in processes {
                        try await process.line(containing: "Add a channel: ", within: .seconds(60))
                    }
                    let tokens = processes.flatMap(\.lines).filter { $0.hasPrefix("token: ") }
                    #expect(tokens.count == 1)
                    for records in ["sites", "channels", "tokens"] {
                        let listed = try await tocsin.run([
                            records, "list", "--socket", "tocsin-0.sock", "--output", "json",
                        ])
                        let items = try JSON(parsing: Array(listed.output.utf8))
                        #expect((items.array ?? items["items"]?.array)?.count == 1, "\(records): \(listed.output)")
                    }
                }
            }
        }

        /// Runs `body` with a folder for the program, whose servers all use one PostgreSQL and one Redis.
        private func onPostgres(
            _ arguments: [String],
            _ body: (TocsinWorkspace, PostgresServer) async throws -> Void
        ) async throws {
            try await withPostgresServer { postgres in
                let database = try await postgres.makeDatabase(named: "tocsin")
                try await withTocsinOnRedis(["--database", database] + arguments) { tocsin, _ in
                    try await body(tocsin, postgres)
                }
            }
        }
    }
}
