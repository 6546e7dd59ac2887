internal import Foundation
internal import Notifications
internal import TestSupport
internal import Testing

extension Watching {
    @Suite("Who dies") struct Death {
        // PITFALLS 10
        @Test("The checks that a killed monitor had in hand are taken over, and each is recorded once")
        func monitor() async throws {
            try await LocalSite.with { _ in
                LocalSite.Response(delay: .seconds(1))
            } body: { site in
                try await withTocsinOnRedis(["--interval", "60s", "--set", "lease=1s"]) { tocsin, _ in
                    let api = try await tocsin.serve(["--roles", "api"])
                    let first = try await tocsin.serve(roles: "monitor")
                    for number in 1...20 { try await api.post("/v1/sites", ["url": .string(site.url("/\(number)"))]) }
                    try await eventually("the first monitor checks the last") {
                        site.requests.contains { $0.target == "/20" }
                    }
                    await first.kill()
                    _ = try await tocsin.serve(roles: "monitor")

                    var region = JSON.null
                    try await eventually("every check has ended", within: .seconds(60)) {
                        region = try await api.get("/v1/status")["regions"]?.array?.first ?? .null
                        return region["ends"]?["result"]?.int == 20
                    }
                    #expect(region["pushed"] == 20)
                    #expect(region["waiting"] == 0 && region["held"] == 0)
                    #expect(site.requests.count > 20)
                    for item in try await api.list("/v1/sites", by: "after") {
                        let id = item["id"]?.string ?? ""
                        #expect(item["state"] == "up")
                        #expect(try await api.list("/v1/sites/\(id)/results", by: "before").count == 1)
                    }
                }
            }
        }

        @Test("When the leading pusher is killed, the other goes on from its mark: no slot twice, none unaccounted for")
        func pusher() async throws {
            try await LocalSite.with { site in
                try await withTocsinOnRedis(["--interval", "1s", "--set", "lease=1s"]) { tocsin, _ in
                    let api = try await tocsin.serve(["--roles", "api,monitor"])
                    try await api.put("/v1/sites", [["url": .string(site.url())]])
                    let pushers = [
                        try await tocsin.serve(roles: "pusher"), try await tocsin.serve(roles: "pusher"),
                    ]
                    try await eventually("the site is checked") { site.requests.count >= 3 }
                    let leads = "pusher leads"
                    let leader = try #require(pushers.first { $0.errors.contains(leads) })
                    let standby = try #require(pushers.first { $0 !== leader })
                    #expect(!standby.errors.contains(leads))
                    await leader.kill()
                    try await eventually("the standby leads") { standby.errors.contains(leads) }
                    let checks = site.requests.count
                    try await eventually("the site is checked on") { site.requests.count >= checks + 3 }
                    standby.terminate()
                    #expect(try await standby.exitStatus() == 0)

                    var region = JSON.null
                    try await eventually("nothing waits any more") {
                        region = try await api.get("/v1/status")["regions"]?.array?.first ?? .null
                        return region["waiting"] == 0 && region["held"] == 0
                    }
                    let id = try await api.list("/v1/sites", by: "after").first?["id"]?.string ?? ""
                    let slots = try await api.list("/v1/sites/\(id)/results", by: "before").compactMap { result in
                        try result["slot"]?.string.map { try Date($0, strategy: .iso8601Milliseconds) }
                    }
                    let (first, last) = (try #require(slots.min()), try #require(slots.max()))
                    let due = Int(last.timeIntervalSince(first).rounded()) + 1
                    let ends = region["ends"]
                    let unchecked = (ends?["expired"]?.int ?? 0) + (region["missed"]?.int ?? 0)
                    #expect(Set(slots).count == slots.count)
                    #expect(region["pushed"]?.int == slots.count + (ends?["expired"]?.int ?? 0))
                    #expect(due == slots.count + unchecked, "\(region)")
                }
            }
        }

        @Test(
            "However often the whole process is killed, an outage is one incident, told once each way",
            arguments: Broker.allCases
        )
        func everything(broker: Broker) async throws {
            try await LocalSite.with { site in
                try await LocalReceiver.with { receiver in
                    try await withTocsin(on: broker, ["--interval", "1s", "--set", "lease=1s"]) { tocsin, _ in
                        let arguments = [site.url(), "--webhook", receiver.url]
                        var server = try await tocsin.serve(arguments)
                        try await server.process.line(containing: "\(site.url()) up, ")
                        func killAgainAndAgain() async throws {
                            for _ in 1...3 {
                                try await Task.sleep(for: .milliseconds(.random(in: 100...1_500)))
                                await server.process.kill()
                                server = try await tocsin.serve(arguments)
                            }
                        }
                        try await site.stop()
                        try await killAgainAndAgain()
                        try await eventually("site.down is delivered", within: .seconds(60)) {
                            try receiver.webhooks().contains { $0.type == "site.down" }
                        }
                        try await site.start()
                        try await killAgainAndAgain()
                        try await eventually("site.up is delivered", within: .seconds(60)) {
                            try receiver.webhooks().contains { $0.type == "site.up" }
                        }

                        let incidents = try await server.list("/v1/incidents", by: "before")
                        #expect(incidents.count == 1)
                        #expect(incidents.first?["endedAt"]?.string != nil)
                        // A send that was under way at a kill is repeated, under the same id; a recovery comes after its alert.
                        var ids: [String] = []
                        for webhook in try receiver.webhooks() where !ids.contains(webhook.id) {
                            ids.append(webhook.id)
                        }
                        #expect(ids.count == 2)
                        let types = try receiver.webhooks().map(\.type)
                        #expect(types == types.sorted(), "\(types)")
                    }
                }
            }
        }
    }
}

extension ParseStrategy where Self == Date.ISO8601FormatStyle {
    /// Times as the API writes them.
    fileprivate static var iso8601Milliseconds: Self { Date.ISO8601FormatStyle(includingFractionalSeconds: true) }
}
