internal import Notifications
internal import TestSupport
internal import Testing

extension Watching {
    @Suite("Several monitors") struct SharedWork {
        private static let count = 300

        @Test("Two monitors share the sites; every due slot of every site ends once, and none is checked twice")
        func twoMonitors() async throws {
            try await LocalSite.with { site in
                try await withTocsinOnRedis(["--interval", "3s", "--set", "pusher.schedule=burst"]) { tocsin, redis in
                    let api = try await tocsin.serve(["--roles", "api"])
                    try await api.put(
                        "/v1/sites",
                        .array((1...Self.count).map { ["url": .string(site.url("/\($0)"))] })
                    )
                    let monitors = [
                        try await tocsin.serve(roles: "monitor"), try await tocsin.serve(roles: "monitor"),
                    ]
                    let pusher = try await tocsin.serve(roles: "pusher")
                    try await eventually("every site is checked in two slots", within: .seconds(60)) {
                        site.requests.count >= 2 * Self.count
                    }
                    pusher.terminate()
                    #expect(try await pusher.exitStatus() == 0)

                    var region = JSON.null
                    try await eventually("nothing waits any more", within: .seconds(60)) {
                        region = try await api.get("/v1/status")["regions"]?.array?.first ?? .null
                        return region["waiting"]?.int == 0 && region["held"]?.int == 0
                    }
                    let pushed = try #require(region["pushed"]?.int)
                    let ends = region["ends"]?.members?.reduce(0) { $0 + ($1.value.int ?? 0) }
                    #expect(pushed == ends)
                    #expect(region["trimmed"]?.int == 0)

                    // What was due, by the schedule: each site at each slot.
                    var slots: [String: Int] = [:]
                    var results = 0
                    for item in try await api.list("/v1/sites?limit=100", by: "after") {
                        let id = try #require(item["id"]?.string)
                        let mine = try await api.list("/v1/sites/\(id)/results?limit=100", by: "before")
                            .compactMap { $0["slot"]?.string }
                        #expect(Set(mine).count == mine.count)
                        for slot in mine { slots[slot, default: 0] += 1 }
                        results += mine.count
                    }
                    #expect(results == region["ends"]?["result"]?.int)
                    #expect(pushed.isMultiple(of: Self.count))
                    #expect(slots.count <= pushed / Self.count)
                    #expect(slots.values.allSatisfy { $0 <= Self.count })
                    #expect(results + (region["ends"]?["expired"]?.int ?? 0) == pushed)
                    #expect(site.requests.count == results)
                    for monitor in monitors {
                        #expect(monitor.lines.contains { $0.contains(" up, ") }, "\(monitor.summary)")
                    }
                }
            }
        }
    }
}
