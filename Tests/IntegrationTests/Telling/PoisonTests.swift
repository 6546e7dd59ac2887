internal import Notifications
internal import TestSupport
internal import Testing

extension Telling {
    // PITFALLS 12, 13
    @Suite("An event that kills every process that works on it") struct Poison {
        private static let innocents = 10
        /// As many as bury it: two beside others, two alone.
        private static let deaths = 4

        @Test("It is run alone and buried, and those beside it are delivered")
        func alone() async throws {
            // At first nobody gets an answer, so that all are in hand when the process dies.
            try await LocalReceiver.with({ _, _ in .hang }) { receiver in
                func count(_ type: String) throws -> Int { try receiver.webhooks().count { $0.type.hasPrefix(type) } }
                try await withTocsinOnRedis(["--set", "lease=1s", "--set", "channels.console=false"]) { tocsin, _ in
                    var server = try await tocsin.serve()
                    var types = (1...Self.innocents).map { "innocent.\($0)" }
                    types.insert("poison", at: Self.innocents / 2)
                    // A channel each, since a channel that has not answered yet gets one attempt at a time.
                    for type in types {
                        try await server.post(
                            "/v1/channels",
                            [
                                "name": .string(type), "type": "webhook", "settings": ["url": .string(receiver.url)],
                                "events": [.string(type)],
                            ]
                        )
                    }
                    try await server.post("/v1/events", .array(types.map { ["type": .string($0), "data": [:]] }))

                    func isBuried() async throws -> Bool {
                        try await !server.list("/v1/dead-letters", by: "before").isEmpty
                    }
                    // Before a process is started, since its attempts may have come before it is known to be ready.
                    var (poison, innocent) = (0, 0)
                    // A few more than it takes, should an attempt end by itself on a busy machine.
                    for death in 1...Self.deaths * 2 {
                        if death > 2 {
                            receiver.answer { _, request in
                                request.text.contains("poison") ? .hang : .respond(status: 200)
                            }
                        }
                        var isOver = false
                        try await eventually("attempt \(death) at it, or its end", within: .seconds(60)) {
                            isOver = try await isBuried()
                            let all = try death > 2 || count("innocent") >= innocent + Self.innocents
                            return try isOver || all && count("poison") > poison
                        }
                        if isOver { break }
                        await server.process.kill()
                        (poison, innocent) = (try count("poison"), try count("innocent"))
                        server = try await tocsin.serve()
                    }
                    try await eventually("all have ended", within: .seconds(60)) {
                        let queue = try await server.get("/v1/status")["queue"]
                        return queue?["waiting"] == 0 && queue?["held"] == 0 && queue?["scheduled"] == 0
                    }
                    let letters = try await server.list("/v1/dead-letters", by: "before")
                    #expect(letters.count == 1)
                    #expect(letters.first?["reason"]?.string?.contains("\(Self.deaths) workers died") == true)
                    let delivered = Set(try receiver.webhooks().filter { $0.type != "poison" }.map(\.id))
                    #expect(delivered.count == Self.innocents)
                }
            }
        }
    }
}
