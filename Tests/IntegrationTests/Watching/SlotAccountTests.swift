internal import Foundation
internal import Notifications
internal import Redis
internal import TestSupport
internal import Testing

extension Watching {
    /// Invariant 2 with real processes: what was due, by the schedule, against what is in the database and the stream.
    @Suite("What became of each slot") struct SlotAccounts {
        @Test("A monitor and a leading pusher that are stopped and go on end no slot twice and push none twice")
        func stopped() async throws {
            try await LocalSite.with { _ in
                LocalSite.Response(delay: .milliseconds(300))
            } body: { site in
                try await withTocsinOnRedis(["--interval", "2s", "--set", "lease=1s"]) { tocsin, _ in
                    let api = try await tocsin.serve(["--roles", "api"])
                    try await api.put("/v1/sites", .array((1...8).map { ["url": .string(site.url("/\($0)"))] }))
                    let monitor = try await tocsin.serve(roles: "monitor")
                    let pushers = [
                        try await tocsin.serve(roles: "pusher"), try await tocsin.serve(roles: "pusher"),
                    ]
                    try await eventually("the sites are checked") { site.requests.count >= 12 }
                    let leader = try #require(pushers.first { $0.errors.contains("pusher leads") })
                    let standby = try #require(pushers.first { $0 !== leader })
                    let checks = site.requests.count
                    try await eventually("a check is under way") { site.requests.count > checks }
                    monitor.pause()
                    leader.pause()
                    let other = try await tocsin.serve(roles: "monitor")
                    try await eventually("the standby leads") { standby.errors.contains("pusher leads") }
                    let later = site.requests.count
                    try await eventually("the other monitor checks") { site.requests.count >= later + 8 }
                    monitor.resume()
                    leader.resume()
                    try await eventually("the old leader sees that it is superseded") {
                        leader.errors.contains("pusher stands by")
                    }
                    let last = site.requests.count
                    try await eventually("the sites are checked on") { site.requests.count >= last + 8 }
                    try await expectAccounts(of: api, pushers: pushers)
                    #expect(other.isRunning)
                }
            }
        }

        @Test("When Redis is emptied, the jobs in it and the slots since are checked or missed, each once")
        func emptied() async throws {
            try await LocalSite.with { site in
                try await withTocsinOnRedis(["--interval", "2s", "--set", "lease=1s"]) { tocsin, redis in
                    let api = try await tocsin.serve(["--roles", "api"])
                    let monitor = try await tocsin.serve(roles: "monitor")
                    let pusher = try await tocsin.serve(roles: "pusher")
                    // Before a region's first pusher nothing was due, so that the sites come after it.
                    try await eventually("the pusher leads") { pusher.errors.contains("pusher leads") }
                    try await api.put("/v1/sites", .array((1...8).map { ["url": .string(site.url("/\($0)"))] }))
                    try await eventually("the sites are checked") { site.requests.count >= 12 }
                    // Jobs gather that nobody comes to.
                    monitor.pause()
                    var region = JSON.null
                    try await eventually("jobs wait") {
                        region = try await api.get("/v1/status")["regions"]?.array?.first ?? .null
                        return region["waiting"]?.int ?? 0 >= 12
                    }
                    try await redis.withForeignClient { _ = try await $0.command("FLUSHALL") }
                    try await eventually("the pusher sees that the mark is lost") {
                        pusher.errors.contains("the broker has lost the stream's mark")
                    }
                    monitor.resume()
                    let last = site.requests.count
                    try await eventually("the sites are checked on") { site.requests.count >= last + 8 }
                    let expired = region["ends"]?["expired"]?.int ?? 0
                    let missed = try await expectAccounts(of: api, pushers: [pusher], expiredBefore: expired)
                    #expect(missed > 0)
                }
            }
        }

        @Test("A job that kills its monitors is buried, and none of those beside it", arguments: Broker.allCases)
        func killer(broker: Broker) async throws {
            // PITFALLS 12 and 13.
            try await LocalSite.with { request in
                LocalSite.Response(delay: request.target == "/killer" ? .seconds(30) : .milliseconds(300))
            } body: { site in
                // Each site is checked when it is added, and its schedule does not come round to it.
                try await withTocsin(on: broker, ["--interval", "24h", "--set", "lease=1s"]) { tocsin, _ in
                    // The embedded broker is in the process that dies, and so is the API.
                    let roles = broker == .redis ? ["--roles", "api"] : []
                    var api = try await tocsin.serve(roles)
                    let names = (1...5).map { "/\($0)" } + ["/killer"]
                    func start() async throws -> TocsinProcess {
                        if broker == .redis { return try await tocsin.serve(roles: "monitor") }
                        if !api.process.isRunning { api = try await tocsin.serve(roles) }
                        return api.process
                    }
                    for name in names { try await api.post("/v1/sites", ["url": .string(site.url(name))]) }
                    for death in 1...4 {
                        let monitor = try await start()
                        try await eventually("death \(death): the killer is checked", within: .seconds(60)) {
                            site.requests.count { $0.target == "/killer" } >= death
                        }
                        await monitor.kill()
                    }
                    let monitor = try await start()
                    var region = JSON.null
                    try await eventually("every job has ended", within: .seconds(60)) {
                        region = try await api.get("/v1/status")["regions"]?.array?.first ?? .null
                        return region["ends"]?["result"]?.int == 5 && region["ends"]?["buried"]?.int == 1
                    }
                    #expect(region["waiting"] == 0 && region["held"] == 0)
                    #expect(site.requests.count { $0.target == "/killer" } == 4)
                    #expect(monitor.errors.contains("a job is buried"))
                }
            }
        }

        /// Ends the pushers and compares, once nothing waits any more.
        ///
        /// - Returns: The slots that were missed.
        @discardableResult
        private func expectAccounts(
            of api: TocsinServerUnderTest,
            pushers: [TocsinProcess],
            expiredBefore: Int = 0
        ) async throws -> Int {
            for pusher in pushers { pusher.terminate() }
            for pusher in pushers { #expect(try await pusher.exitStatus() == 0) }
            var region = JSON.null
            try await eventually("nothing waits any more", within: .seconds(60)) {
                region = try await api.get("/v1/status")["regions"]?.array?.first ?? .null
                return region["waiting"] == 0 && region["held"] == 0
            }
            // What was due, by the schedule: every slot of each site between its first and its last result.
            var due = 0
            var results = 0
            for item in try await api.list("/v1/sites?limit=100", by: "after") {
                let id = item["id"]?.string ?? ""
                let slots = try await api.list("/v1/sites/\(id)/results?limit=100", by: "before").compactMap { result in
                    try result["slot"]?.string.map {
                        try Date($0, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
                    }
                }
                #expect(Set(slots).count == slots.count)
                let (first, last) = (try #require(slots.min()), try #require(slots.max()))
                due += Int((last.timeIntervalSince(first) / 2).rounded()) + 1
                results += slots.count
            }
            let missed = region["missed"]?.int ?? 0
            let expired = (region["ends"]?["expired"]?.int ?? 0) + expiredBefore
            #expect(due == results + expired + missed, "\(region)")
            let ends = region["ends"]?.members?.reduce(0) { $0 + ($1.value.int ?? 0) }
            #expect(region["pushed"]?.int == ends)
            return missed
        }
    }
}
