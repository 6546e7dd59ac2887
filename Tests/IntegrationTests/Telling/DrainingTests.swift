internal import Notifications
internal import TestSupport
internal import Testing

extension Telling {
    @Suite("SIGTERM") struct Draining {
        @Test(
            "It ends with status 0, and what was accepted is delivered before or after the restart",
            arguments: Broker.allCases
        )
        func busy(broker: Broker) async throws {
            try await LocalReceiver.with { receiver in
                try await withTocsin(on: broker) { tocsin, _ in
                    let server = try await tocsin.serve(["--webhook", receiver.url])
                    var accepted: Set<String> = []
                    for number in 1...10 {
                        let events: [JSON] = (1...10).map {
                            ["type": "demo.hello", "data": ["n": JSON(number * 10 + $0)]]
                        }
                        let answer = try await server.post("/v1/events", .array(events))
                        accepted.formUnion(answer["ids"]?.array?.compactMap(\.string) ?? [])
                    }
                    #expect(accepted.count == 100)
                    server.process.terminate()
                    try await expectOrderlyEnd(of: server.process)
                    _ = try await tocsin.serve()
                    try await eventually("all are delivered") { receiver.requests.count >= accepted.count }
                    #expect(Set(try receiver.webhooks().map(\.id)) == accepted)
                }
            }
        }

        @Test(
            "A delivery that outlasts the grace time is given back and made after the restart",
            arguments: Broker.allCases
        )
        func hanging(broker: Broker) async throws {
            try await LocalReceiver.with { _, _ in
                .hang
            } _: { receiver in
                try await withTocsin(on: broker, ["--set", "lease=1s", "--grace", "1s"]) { tocsin, _ in
                    let server = try await tocsin.serve(["--webhook", receiver.url])
                    let id = try await server.post("/v1/events", ["type": "demo.hello"])["id"]?.string
                    try await eventually("it is on its way") { receiver.requests.count == 1 }
                    server.process.terminate()
                    try await expectOrderlyEnd(of: server.process)
                    receiver.answer { _, _ in .respond(status: 200) }
                    _ = try await tocsin.serve()
                    try await eventually("it is delivered after all") { receiver.requests.count == 2 }
                    #expect(Set(try receiver.webhooks().map(\.id)) == [id ?? ""])
                }
            }
        }

        private func expectOrderlyEnd(of process: TocsinProcess) async throws {
            #expect(try await process.exitStatus() == 0, "\(process.summary)")
            #expect(process.lines.last == "Ended; nothing was lost.", "\(process.summary)")
        }
    }
}
