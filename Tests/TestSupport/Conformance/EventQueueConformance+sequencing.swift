internal import Monitoring
internal import Notifications
internal import Testing

extension EventQueueConformance {
    /// Events of an order stay one behind the other before they are routed too.
    static let sequencing: [Self] = [
        Self("a later event of an order is not given out while an earlier one is held unrouted") { fixture in
            try await fixture.enqueue("site.down", of: "1", as: "down")
            let held = try #require(try await fixture.claim("a").events.first)
            try await fixture.enqueue("site.up", of: "1", as: "up")
            let claim = try await fixture.claim("b")
            #expect(claim.events.isEmpty && claim.depth == 1)
            // Nor to the worker that holds the earlier one: it may have failed to route it.
            #expect(try await fixture.claim("a").events.isEmpty)
            #expect(try await fixture.queue.counts().waiting == 1)

            #expect(try await fixture.queue.route([fixture.routed(held, id: "down", to: [1])], as: "a") == [.routed])
            #expect(try await fixture.claimIDs("b") == ["up"])
        },
        Self("a later event of an order is given out once the earlier one has ended") { fixture in
            let ends: [Completion.EventEnd] = [.unrouted, .dead(reason: "x")]
            for (index, end) in ends.enumerated() {
                try await fixture.enqueue("site.down", of: "1", as: "down\(index)")
                let held = try #require(try await fixture.claim("a").events.first)
                try await fixture.enqueue("site.up", of: "1", as: "up\(index)")
                #expect(try await fixture.claim("b").events.isEmpty)
                #expect(try await fixture.end(held, id: "down\(index)", end))
                let next = try #require(try await fixture.claim("b").events.first)
                #expect(fixture.name(of: next) == "up\(index)")
                #expect(try await fixture.end(next, id: "up\(index)", .unrouted, as: "b"))
            }
            let counts = try await fixture.queue.counts()
            #expect(counts.waiting == 0 && counts.held == 0)
        },
        Self("a later event of an order comes after the earlier one that was given back") { fixture in
            try await fixture.enqueue("site.down", of: "1", as: "down")
            _ = try await fixture.claim("dead", lease: fixture.lease)
            try await fixture.enqueue("site.up", of: "1", as: "up")
            #expect(try await fixture.claim("b").events.isEmpty)
            try await fixture.sweep(1)
            #expect(try await fixture.queue.counts().waiting == 2)
            let claim = try await fixture.claim("c", events: 1)
            #expect(claim.events.map(fixture.name) == ["down"] && claim.depth == 1)
            #expect(claim.events.map(\.crashes) == [1])
            #expect(try await fixture.end(claim.events[0], id: "down", .released, as: "c"))
            #expect(try await fixture.claimIDs("d") == ["down", "up"])
            try await fixture.queue.leave("d")
            let last = try await fixture.claim("e").events
            #expect(last.map(fixture.name) == ["down", "up"])
            #expect(last.map(\.crashes) == [1, 0])
        },
        Self("events that wait behind another hold up no others") { fixture in
            try await fixture.enqueue("site.down", of: "1", as: "down")
            _ = try await fixture.claim("a")
            for index in 0..<20 { try await fixture.enqueue("site.up", of: "1", as: "up\(index)") }
            try await fixture.enqueue("site.down", of: "2", as: "other-site")
            // Neither its subject nor what it says makes an event one about a site.
            try await fixture.enqueue("demo.site.down", of: "1", as: "other-type")
            #expect(try await fixture.claimIDs("b", events: 1) == ["other-site"])
            #expect(try await fixture.claimIDs("b", events: 1) == ["other-type"])
            #expect(try await fixture.queue.counts().waiting == 20)
        },
        Self("one claim may take several of an order, and gives back with the first all that follow") { fixture in
            for id in ["down", "up", "down2"] { try await fixture.enqueue("site.x", of: "1", as: id) }
            try await fixture.enqueue("site.x", of: "2", as: "other")
            let held = try await fixture.claim("a").events
            #expect(held.map(fixture.name) == ["down", "up", "down2", "other"])
            try await fixture.enqueue("site.x", of: "1", as: "last")
            try await fixture.enqueue("fresh")
            #expect(try await fixture.end(held[1], id: "up", .released))
            #expect(try await fixture.queue.route([fixture.routed(held[2], id: "down2", to: [1])], as: "a") == [.stale])
            #expect(try await fixture.end(held[2], id: "down2", .unrouted) == false)
            #expect(try await fixture.claimIDs("b") == ["fresh"])
            let events = [
                try fixture.routed(held[0], id: "down", to: [1], order: "1"),
                try fixture.routed(held[3], id: "other", to: [1], order: "2"),
            ]
            #expect(try await fixture.queue.route(events, as: "a") == [.routed, .routed])
            #expect(try await fixture.claimIDs("b") == ["up", "down2", "last"])
        },
        Self("a suspect of an order is given out alone, and what follows waits for its end") { fixture in
            try await fixture.enqueue("site.down", of: "1", as: "down")
            for _ in 0..<2 {
                _ = try await fixture.claim("dead", lease: fixture.lease / 4)
                try await fixture.sweep(1)
            }
            try await fixture.enqueue("site.up", of: "1", as: "up")
            let held = try await fixture.claim("a").events
            #expect(held.map(fixture.name) == ["down"])
            #expect(held.map(\.crashes) == [2])
            #expect(try await fixture.claim("b").events.isEmpty)
            #expect(try await fixture.end(try #require(held.first), id: "down", .released))
            let again = try await fixture.claim("b").events
            #expect(again.map(fixture.name) == ["down"])
            #expect(try await fixture.end(try #require(again.first), id: "down", .dead(reason: "x"), as: "b"))
            #expect(try await fixture.claimIDs("b") == ["up"])
        },
        Self("an element has its order however it is written") { fixture in
            let texts = [
                #"{ "subject" : "1", "type" : "site.down" }"#, #"{"type":"\u0073ite\u002eup","subject":"\u0031"}"#,
            ]
            for (index, text) in texts.enumerated() {
                let element = EnqueueRequest.Element(
                    id: try EventQueueFixture.id("e\(index)"),
                    body: Array(text.utf8),
                    ownHash: nil
                )
                _ = try await fixture.queue.enqueue(EnqueueRequest(key: nil, elements: [element]))
            }
            #expect(try await fixture.claim("a", events: 1).events.map(\.body) == [Array(texts[0].utf8)])
            #expect(try await fixture.claim("b").events.isEmpty)
        },
        Self("what waits behind another counts as waiting", bounds: QueueBounds(maxLength: 2)) { fixture in
            try await fixture.enqueue("site.down", of: "1", as: "down")
            _ = try await fixture.claim("a")
            try await fixture.enqueue("site.up", of: "1", as: "up")
            try await fixture.enqueue("site.down", of: "1", as: "down2")
            #expect(try await fixture.claim("b").events.isEmpty)
            #expect(try await fixture.enqueue("more") == .full)
        },
        Self("whatever becomes of workers, the events of each order are routed in their order") { fixture in
            var random = SeededGenerator(seed: 22)
            var (added, routed, left) = ([String: [String]](), [String: [String]](), 100)
            var held: [String: [HeldEvent]] = [:]
            for round in 0..<600 {
                guard left > 0 || held.values.contains(where: { !$0.isEmpty }) else { break }
                let boot = "w\(Int.random(in: 0..<3, using: &random))"
                switch Int.random(in: 0..<8, using: &random) {
                case 0..<2 where left > 0:
                    let site = "\(Int.random(in: 0..<3, using: &random))"
                    let id = "s\(site)-\(left)"
                    try await fixture.enqueue("site.x", of: site, as: id)
                    added[site, default: []].append(id)
                    left -= 1
                case 0..<5:
                    let count = Int.random(in: 1..<5, using: &random)
                    held[boot, default: []] += try await fixture.claim(boot, events: count, deliveries: 0).events
                case 5 where round < 400:
                    try await fixture.queue.leave(boot)
                    held[boot] = nil
                case 6 where round < 400:
                    guard let event = held[boot]?.randomElement(using: &random) else { continue }
                    try await fixture.end(event, id: fixture.name(of: event), .released, as: boot)
                default:
                    let events = try held.removeValue(forKey: boot)?.map {
                        try fixture.routed($0, id: fixture.name(of: $0), to: [])
                    }
                    guard let events else { continue }
                    let outcomes = try await fixture.queue.route(events, as: boot)
                    for (event, outcome) in zip(events, outcomes) where outcome == .routed {
                        let id = event.id.rawValue
                        routed[String(id.dropFirst().prefix { $0 != "-" }), default: []].append(id)
                    }
                }
            }
            for boot in 0..<3 { try await fixture.queue.leave("w\(boot)") }
            while true {
                let events = try await fixture.claim("end", deliveries: 0).events
                guard !events.isEmpty else { break }
                for event in events { routed[fixture.site(of: event), default: []].append(fixture.name(of: event)) }
                _ = try await fixture.queue.route(
                    events.map { try fixture.routed($0, id: fixture.name(of: $0), to: []) },
                    as: "end"
                )
            }
            #expect(routed == added)
            let counts = try await fixture.queue.counts()
            #expect(counts.waiting == 0 && counts.held == 0)
        },
    ]
}

extension EventQueueFixture {
    /// Adds an event about something.
    fileprivate func enqueue(_ type: String, of subject: String, as id: String) async throws {
        let body = Array(#"{"id":"\#(id)","type":"\#(type)","subject":"\#(subject)"}"#.utf8)
        let element = EnqueueRequest.Element(id: try Self.id(id), body: body, ownHash: nil)
        let outcome = try await queue.enqueue(EnqueueRequest(key: nil, elements: [element]))
        try #require(outcome == .queued([element.id]))
    }

    fileprivate func claimIDs(_ boot: String, events: Int = 100) async throws -> [String] {
        try await claim(boot, events: events).events.map(name)
    }

    /// The id of an event that ``enqueue(_:of:as:)`` or ``enqueue(_:key:)`` has added.
    fileprivate func name(of held: HeldEvent) -> String {
        guard case .event(_, let id, _) = QueueElement(held.body) else { return "" }
        return id?.rawValue ?? ""
    }

    fileprivate func site(of held: HeldEvent) -> String {
        guard case .event(let event, _, _) = QueueElement(held.body) else { return "" }
        return event.subject ?? ""
    }
}
