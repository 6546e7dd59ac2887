internal import GRDB
internal import Notifications
internal import TestSupport
internal import Testing

extension Healing {
    @Suite("Readiness") struct ReadinessOfRoles {
        @Test("A database that is locked, or whose disk is full, is told by the roles that need it, and healed from")
        func database() async throws {
            try await LocalSite.with { site in
                try await withTocsinOnRedis { tocsin, _ in
                    let server = try await tocsin.serve()
                    try await server.post("/v1/sites", ["url": .string(site.url()), "interval": "1s"])
                    try await eventually("the site is checked") { site.requests.count >= 2 }

                    var configuration = Configuration()
                    configuration.allowsUnsafeTransactions = true
                    let path = "\(tocsin.directory)/tocsin.db"
                    let database = try DatabaseQueue(path: path, configuration: configuration)
                    try await database.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
                    try await expect(server, notReady: "monitor", because: "recording of results")
                    try await database.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
                    try database.close()
                    try await expectReady(server)

                    let process = try #require(server.process.processID)
                    try await FileSizeLimit.set(1, of: process)
                    try await expect(server, notReady: "monitor", because: "recording results failed")
                    try await FileSizeLimit.set(nil, of: process)
                    try await expectReady(server)
                    #expect(server.process.isRunning)
                }
            }
        }

        @Test("A pusher that stands by is ready; where Redis is away, neither it nor the leader is")
        func standby() async throws {
            try await withTocsinOnRedis(["--roles", "api,pusher"]) { tocsin, redis in
                // Being ready is what `serve` waits for.
                let leader = try await tocsin.serve()
                let standby = try await tocsin.serve()
                #expect(leader.process.errors.contains("pusher leads"))
                #expect(!standby.process.errors.contains("pusher leads"))
                try await redis.kill()
                for server in [leader, standby] {
                    for role in ["pusher", "api"] {
                        try await expect(server, notReady: role, because: "Redis")
                    }
                }
                try await redis.start()
                for server in [leader, standby] { try await expectReady(server) }
            }
        }

        private func expect(_ server: TocsinServerUnderTest, notReady role: String, because reason: String) async throws
        {
            var answer: TocsinServerUnderTest.Answer?
            try await eventually("\(role) is not ready because of \(reason): \(answer?.text ?? "")") {
                answer = try await server.call("GET", "/readyz")
                return answer?.status == 503
                    && answer?.json["roles"]?[role]?["reason"]?.string?.contains(reason) == true
            }
        }

        private func expectReady(_ server: TocsinServerUnderTest) async throws {
            try await eventually("every role is ready again") {
                try await server.call("GET", "/readyz").status == 200
            }
        }
    }
}
