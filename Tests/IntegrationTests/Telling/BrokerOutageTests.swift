internal import Notifications
internal import Redis
internal import TestSupport
internal import Testing

extension Telling {
    // PITFALLS 2, 18
    @Suite("Redis is away") struct BrokerOutage {
        enum Outage: String, CaseIterable, Sendable {
            case stopped
            case killed
        }

        @Test(
            "Events are refused with 503 within two seconds, and every role goes on by itself when it is back",
            arguments: Outage.allCases
        )
        func away(outage: Outage) async throws {
            try await LocalSite.with { site in
                try await LocalReceiver.with { receiver in
                    try await withTocsinOnRedis(["--interval", "1s"]) { tocsin, redis in
                        let server = try await tocsin.serve([site.url(), "--webhook", receiver.url])
                        #expect(try await server.postEvent(["type": "demo.before"]).status == 202)
                        try await eventually("the event before is delivered") { receiver.requests.count == 1 }

                        switch outage {
                        case .stopped: redis.pause()
                        case .killed: try await redis.kill()
                        }
                        for _ in 1...3 {
                            let began = ContinuousClock.now
                            let answer = try await server.postEvent(["type": "demo.during"])
                            #expect(answer.status == 503)
                            #expect(answer.header("Retry-After").flatMap { Int($0) } ?? 0 > 0)
                            #expect(answer.header("Content-Type") == "application/problem+json")
                            #expect(ContinuousClock.now - began < .seconds(4))
                        }
                        #expect(try await server.call("GET", "/healthz").status == 200)
                        switch outage {
                        case .stopped: redis.resume()
                        case .killed: try await redis.start()
                        }

                        try await eventually("events are accepted again") {
                            try await server.postEvent(["type": "demo.after"]).status == 202
                        }
                        try await eventually("they are delivered", within: .seconds(60)) {
                            try receiver.webhooks().contains { $0.type == "demo.after" }
                        }
                        let checks = site.requests.count
                        try await eventually("sites are checked", within: .seconds(60)) {
                            site.requests.count >= checks + 2
                        }
                        try await eventually("every role is ready") {
                            try await server.call("GET", "/readyz").status == 200
                        }
                        #expect(server.process.isRunning)
                        #expect(!(try receiver.webhooks().contains { $0.type.hasPrefix("site.") }))
                    }
                }
            }
        }

        @Test("At maxmemory events are refused with 503 while the notifier drains what waits")
        func full() async throws {
            try await LocalReceiver.with { receiver in
                try await withTocsinOnRedis { tocsin, redis in
                    try await redis.withForeignClient { client in
                        let api = try await tocsin.serve(["--roles", "api", "--webhook", receiver.url])
                        for number in 1...50 {
                            let answer = try await api.postEvent(["type": "demo.hello", "data": ["n": JSON(number)]])
                            #expect(answer.status == 202)
                        }
                        try await client.command("CONFIG SET", "maxmemory", "100kb")
                        let refused = try await api.postEvent(["type": "demo.hello"])
                        #expect(refused.status == 503)
                        #expect(refused.header("Retry-After") != nil)

                        _ = try await tocsin.serve(roles: "notifier")
                        try await eventually("it drains", within: .seconds(60)) {
                            receiver.requests.count == 50
                        }
                        #expect(try await api.postEvent(["type": "demo.hello"]).status == 503)
                        try await client.command("CONFIG SET", "maxmemory", "0")
                        try await eventually("events are accepted again") {
                            try await api.postEvent(["type": "demo.hello"]).status == 202
                        }
                        try await eventually("and delivered") { receiver.requests.count >= 51 }
                    }
                }
            }
        }
    }
}
