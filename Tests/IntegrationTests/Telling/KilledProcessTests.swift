internal import Notifications
internal import TestSupport
internal import Testing

extension Telling {
    // PITFALLS 10, 14
    @Suite("kill -9 of the whole process") struct KilledProcess {
        private static let events = 500
        private static let clients = 5
        private static let kills = 8

        @Test(
            "Every event that was accepted is delivered, or a dead letter, however often the process is killed",
            arguments: Broker.allCases
        )
        func againAndAgain(broker: Broker) async throws {
            try await LocalReceiver.with { receiver in
                try await withTocsin(on: broker, ["--set", "lease=1s", "--set", "channels.console=false"]) {
                    tocsin,
                    redis in
                    let arguments = ["--webhook", receiver.url]
                    let sender = PatientSender(try await tocsin.serve(arguments))

                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for client in 0..<Self.clients {
                            group.addTask {
                                for number in stride(from: client, to: Self.events, by: Self.clients) {
                                    try await sender.send(number)
                                    try await Task.sleep(for: .milliseconds(50))
                                }
                            }
                        }
                        for round in 1...Self.kills {
                            try await Task.sleep(for: .milliseconds(.random(in: 50...1_000)))
                            await sender.server.process.kill()
                            // With its log on disk before each answer, Redis may die as well.
                            if let redis, round.isMultiple(of: 3) { try await redis.restart() }
                            sender.server = try await tocsin.serve(arguments)
                        }
                        try await group.waitForAll()
                    }

                    let server = sender.server
                    let ids = sender.accepted
                    #expect(ids.count == Self.events)
                    #expect(Set(ids.values).count == Self.events)
                    var ended: Set<String> = []
                    do {
                        try await eventually("every accepted event has ended", within: .seconds(60)) {
                            ended = Set(try receiver.webhooks().map(\.id))
                            if ended.count < Self.events {
                                let dead = try await server.list("/v1/dead-letters", by: "before")
                                ended.formUnion(dead.compactMap { $0["event"]?.string })
                            }
                            return ended.isSuperset(of: ids.values)
                        }
                    } catch {
                        let lost = ids.filter { !ended.contains($0.value) }
                        let status = try await server.get("/v1/status").text
                        Issue.record("lost: \(lost.prefix(5)) of \(lost.count); \(status); \(server.process.summary)")
                        throw error
                    }
                    // Nobody was told of an event that its sender believes to be another.
                    let numbers = Dictionary(grouping: try receiver.webhooks()) { $0.data["n"]?.int ?? -1 }
                    for (number, webhooks) in numbers {
                        #expect(Set(webhooks.map(\.id)) == [ids[number] ?? "unknown"])
                        #expect(webhooks.allSatisfy { $0.isSigned(with: tocsin.webhookSecret) })
                    }
                }
            }
        }
    }
}
