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
                func count(_ type: String) throws -> Int { try receiver.webhooks().count { $0.type == type } }
                try await withTocsinOnRedis(["--set", "lease=1s", "--set", "channels.console=false"]) { tocsin, _ in
                    let arguments = ["--webhook", receiver.url]
                    var server = try await tocsin.serve(arguments)
                    var events = (1...Self.innocents).map {
                        JSON.object([.init("type", "innocent"), .init("data", ["n": JSON($0)])])
                    }
                    events.insert(["type": "poison", "data": [:]], at: Self.innocents / 2)
                    try await server.post("/v1/events", .array(events))

                    for death in 1...Self.deaths {
                        if death > 2 {
                            receiver.answer { _, request in
                                request.text.contains("poison") ? .hang : .respond(status: 200)
                            }
                        }
                        try await eventually("attempt \(death) at it", within: .seconds(60)) {
                            try count("poison") == death && (death > 2 || count("innocent") == Self.innocents * death)
                        }
                        await server.process.kill()
                        server = try await tocsin.serve(arguments)
                    }
                    try await eventually("all have ended", within: .seconds(60)) {
                        let queue = try await server.get("/v1/status")["queue"]
                        return queue?["waiting"] == 0 && queue?["held"] == 0 && queue?["scheduled"] == 0
                    }
                    let letters = try await server.list("/v1/dead-letters", by: "before")
                    #expect(letters.count == 1)
                    #expect(letters.first?["reason"]?.string?.contains("\(Self.deaths) workers died") == true)
                    #expect(try count("poison") == Self.deaths)
                    let delivered = Set(try receiver.webhooks().filter { $0.type == "innocent" }.map(\.id))
                    #expect(delivered.count == Self.innocents)
                    // Twice in hand beside it, once more on their own.
                    #expect(try count("innocent") == Self.innocents * 3)
                }
            }
        }
    }
}
