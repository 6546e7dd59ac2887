internal import Foundation
internal import Notifications
internal import TestSupport
internal import Testing

extension Watching {
    @Suite("A site in maintenance") struct MaintenanceWindows {
        @Test("What falls in a window is told when the window has ended, and not before", arguments: Broker.allCases)
        func ends(broker: Broker) async throws {
            try await LocalSite.with { site in
                try await LocalReceiver.with { receiver in
                    try await withTocsin(on: broker) { tocsin, _ in
                        let server = try await tocsin.serve([site.url(), "--webhook", receiver.url, "--interval", "1s"])
                        try await server.process.line(containing: "\(site.url()) up, ")
                        let added = try await tocsin.run([
                            "maintenance", "add", "New disks", "--site", site.url(), "--for", "1h",
                        ])
                        #expect(added.status == 0, "\(added)")
                        let id = try #require(try JSON(parsing: added.output)["id"]?.string)
                        try await site.stop()
                        try await eventually("checks go on, and fail", within: .seconds(60)) {
                            let results = try await server.get("/v1/sites/1/results?limit=10")["items"]?.array ?? []
                            return results.count { $0["verdict"] == "down" } >= 2
                        }
                        #expect(try await server.get("/v1/sites/1")["state"] == "maintenance")
                        #expect(try await server.list("/v1/incidents", by: "before").isEmpty)
                        #expect(receiver.requests.isEmpty)

                        #expect(try await tocsin.run(["maintenance", "end", id]).status == 0)
                        try await eventually("its fall is told", within: .seconds(60)) { !receiver.requests.isEmpty }
                        #expect(try await server.get("/v1/sites/1")["state"] == "down")
                        try await site.start()
                        try await eventually("so is its rise", within: .seconds(60)) { receiver.requests.count >= 2 }
                        #expect(try receiver.webhooks().map(\.type) == ["site.down", "site.up"])
                    }
                }
            }
        }

        @Test("A window that begins and ends by itself is shown so, within seconds")
        func begins() async throws {
            try await LocalSite.with { site in
                try await withTocsin { tocsin in
                    let server = try await tocsin.serve([site.url(), "--interval", "1s"])
                    try await server.process.line(containing: "\(site.url()) up, ")
                    let start = Date(timeIntervalSinceNow: 1.5).formatted(.iso8601)
                    let added = try await tocsin.run([
                        "maintenance", "add", "Soon", "--all", "--start", start, "--for", "3s",
                    ])
                    #expect(added.status == 0, "\(added)")
                    for state in ["maintenance", "up"] {
                        try await eventually("the site is shown as \(state)", within: .seconds(30)) {
                            try await server.get("/v1/sites/1")["state"]?.string == state
                        }
                    }
                    let listed = try await tocsin.run(["maintenance", "list", "--state", "ended"])
                    #expect(try JSON(parsing: listed.output).array?.count == 1, "\(listed)")
                    #expect(try await tocsin.run(["maintenance", "remove", "1"]).status == 0)
                    #expect(try await tocsin.run(["maintenance", "show", "1"]).status == 1)
                    #expect(try await tocsin.run(["maintenance", "add", "None", "--for", "1h"]).status == 64)
                }
            }
        }
    }
}
