internal import Notifications
internal import TestSupport
internal import Testing

extension Watching {
    @Suite("A site falls and rises") struct SiteFallsAndRises {
        @Test(
            "Its fall and its rise are told once each, signed and on the terminal, and nothing else is",
            arguments: Broker.allCases
        )
        func oneProcess(broker: Broker) async throws {
            try await LocalSite.with { site in
                try await LocalReceiver.with { receiver in
                    try await withTocsin(on: broker) { tocsin, _ in
                        let server = try await tocsin.serve(
                            [site.url(), "--webhook", receiver.url, "--interval", "1s"]
                        )
                        try await server.process.line(containing: "\(site.url()) up, ")
                        try await fallAndRise(site, receiver, secret: tocsin.webhookSecret)

                        let lines = server.process.lines
                        for type in ["site.down", "site.up"] {
                            #expect(lines.count { $0.contains(type) && $0.contains(site.url()) } == 1, "\(lines)")
                            #expect(lines.contains { $0.contains("sent \(type) to webhook") }, "\(lines)")
                        }
                        let incidents = try await server.list("/v1/incidents", by: "before")
                        #expect(incidents.count == 1)
                        #expect(incidents.first?["endedAt"]?.string != nil)
                    }
                }
            }
        }

        @Test("Roles in processes of their own do the same over Redis")
        func separateRoles() async throws {
            try await LocalSite.with { site in
                try await LocalReceiver.with { receiver in
                    try await withTocsinOnRedis(["--interval", "1s"]) { tocsin, _ in
                        let api = try await tocsin.serve(["--roles", "api", "--webhook", receiver.url])
                        for role in ["pusher", "monitor", "monitor", "notifier"] {
                            _ = try await tocsin.serve(roles: role)
                        }
                        try await api.post("/v1/sites", ["url": .string(site.url())])
                        try await eventually("the site is checked", within: .seconds(30)) { !site.requests.isEmpty }
                        try await fallAndRise(site, receiver, secret: tocsin.webhookSecret)
                    }
                }
            }
        }

        /// Makes the site fall and rise, and expects one signed event of each.
        private func fallAndRise(_ site: LocalSite, _ receiver: LocalReceiver, secret: String?) async throws {
            try await site.stop()
            try await eventually("site.down is delivered", within: .seconds(60)) { !receiver.requests.isEmpty }
            try await site.start()
            try await eventually("site.up is delivered", within: .seconds(60)) { receiver.requests.count >= 2 }
            let checks = site.acceptedConnections
            try await eventually("it is checked on", within: .seconds(60)) { site.acceptedConnections >= checks + 3 }

            let webhooks = try receiver.webhooks()
            #expect(webhooks.map(\.type) == ["site.down", "site.up"])
            #expect(webhooks.allSatisfy { $0.isSigned(with: secret) })
            #expect(Set(webhooks.map(\.id)).count == 2)
            #expect(webhooks.allSatisfy { $0.data["url"]?.string == site.url() })
            #expect(webhooks.first?.data["error"]?.string?.isEmpty == false)
            #expect(webhooks.first?.data["incidentId"] == webhooks.last?.data["incidentId"])
            #expect(webhooks.last?.data["endedAt"]?.string != nil)
        }
    }
}
