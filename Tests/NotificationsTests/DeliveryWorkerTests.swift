import Monitoring
import Notifications
import Synchronization
import TestSupport
import Testing

/// A clock that stands still for who reads it; waits take their time all the same.
private struct StoppedClock: TimeSource {
    func now() -> Timestamp { Timestamp(milliseconds: 1_800_000_000_000) }

    func sleep(for duration: Duration) async throws { try await SystemTime().sleep(for: duration) }
}

@Suite struct DeliveryWorkerTests {
    @Test func `while the queue is slow to learn of an end, what waits for the channel is sent`() async throws {
        let gate = SlowToEndQueue.Gate()
        // The clock stands still, so that nothing waits too long in hand.
        try await Stage.with(
            DeliveryConfiguration(concurrency: 8, channelConcurrency: 2, grace: .seconds(2)),
            time: StoppedClock(),
            wrap: { SlowToEndQueue(base: $0, gate: gate) }
        ) { stage in
            _ = try await stage.addConsole()
            try await stage.ready()
            // Once it has answered, the channel has two slots, of which one is for what is stored.
            try await stage.post(#"{"type":"first"}"#)
            try await stage.settled()
            gate.close()
            try await stage.post(#"[{"type":"a"},{"type":"b"},{"type":"c"}]"#)
            try await eventually("all are sent") { stage.console.all.count == 4 }
            try await eventually("the first end waits") { gate.waiting == 1 }
            gate.open()
            try await stage.settled()
            #expect(stage.console.all.count == 4)
        }
    }

    @Test func `an event for one channel is delivered once, signed, with its id`() async throws {
        try await LocalReceiver.with { receiver in
            try await Stage.with { stage in
                let channel = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                let ids = try await stage.post(#"{"type":"order.paid","data":{"n":1}}"#)
                try await eventually("it arrives") { receiver.requests.count == 1 }
                try await stage.settled()
                #expect(receiver.requests.first?.header("webhook-id") == ids.first?.rawValue)
                #expect(receiver.requests.count == 1)
                try await eventually("the log has it") {
                    try await stage.log.attempts(channel: channel, limit: 5).map(\.result) == [.sent]
                }
            }
        }
    }

    @Test func `an event for two channels goes to both, and only the failing one is retried`() async throws {
        try await LocalReceiver.with { healthy in
            try await LocalReceiver.with({ index, _ in .respond(status: index < 2 ? 500 : 200) }) { failing in
                try await Stage.with { stage in
                    _ = try await stage.addWebhook(healthy.url, name: "a")
                    _ = try await stage.addWebhook(failing.url, name: "b")
                    try await stage.ready()
                    try await stage.post(#"{"type":"a"}"#)
                    try await eventually("the failing one has it") { failing.requests.count == 3 }
                    try await stage.settled()
                    #expect(healthy.requests.count == 1)
                    #expect(Set(failing.requests.map { $0.header("webhook-id") }).count == 1)
                    #expect(Set(failing.requests.map(\.text)).count == 1)
                    #expect(try await stage.deadLetters().isEmpty)
                }
            }
        }
    }

    @Test func `a delivery whose attempts are used up is a dead letter, and can be replayed`() async throws {
        try await LocalReceiver.with({ _, _ in .respond(status: 503, body: "busy") }) { receiver in
            try await Stage.with { stage in
                let channel = try await stage.addWebhook(receiver.url, retry: "100ms,100ms")
                try await stage.ready()
                let ids = try await stage.post(#"{"type":"a"}"#)
                try await eventually("it is dead") { try await stage.deadLetters().count == 1 }
                let letter = try #require(try await stage.deadLetters().first)
                #expect(letter.channel == channel)
                #expect(letter.event == ids.first)
                #expect(letter.attempts == 3)
                #expect(receiver.requests.count == 3)
                receiver.answer { _, _ in .respond(status: 200) }
                let request = ReplayRequest(items: [.init(letter: letter.id, deadline: .seconds(60))], spacing: .zero)
                #expect(try await stage.queue.replay(request) == [.replayed])
                try await eventually("it arrives") { receiver.requests.count == 4 }
                try await stage.settled()
                #expect(receiver.requests.last?.header("webhook-id") == ids.first?.rawValue)
            }
        }
    }

    @Test func `what a receiver refuses is dead at once, at its channel, and never sent again`() async throws {
        try await LocalReceiver.with({ _, _ in .respond(status: 400, body: "bad") }) { receiver in
            try await Stage.with { stage in
                let channel = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                try await stage.post(#"{"type":"a"}"#)
                try await eventually("it is dead") { try await stage.deadLetters().count == 1 }
                let letter = try #require(try await stage.deadLetters().first)
                #expect(letter.channel == channel)
                #expect(letter.reason.contains("400"))
                #expect(letter.attempts == 1)
                #expect(receiver.requests.count == 1)
            }
        }
    }

    @Test func `what is no event becomes a dead letter and stops nothing`() async throws {
        try await LocalReceiver.with { receiver in
            try await Stage.with { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                for text in ["not json", #"{"a":1}"#, "[]", #"{"type":"demo.hello","subject":"x","data":{}}"#] {
                    try await stage.push(text)
                }
                try await eventually("the event arrives") { receiver.requests.count == 1 }
                try await stage.settled()
                let letters = try await stage.deadLetters()
                #expect(
                    Set(letters.map { String(decoding: $0.body, as: UTF8.self) }) == ["not json", #"{"a":1}"#, "[]"]
                )
                #expect(letters.allSatisfy { $0.reason.contains("not") })
                #expect(receiver.requests.first?.text.contains(#""type":"demo.hello""#) == true)
                // It had no id of its own and has been given one.
                #expect(receiver.requests.first?.header("webhook-id")?.isEmpty == false)
            }
        }
    }

    @Test func `an event that no channel wants is unrouted`() async throws {
        try await LocalReceiver.with { receiver in
            try await Stage.with { stage in
                _ = try await stage.addWebhook(receiver.url, events: ["site.*"])
                try await stage.ready()
                let ids = try await stage.post(#"{"type":"order.paid","id":"mine"}"#)
                try await stage.settled()
                try await eventually("it is unrouted") {
                    try await stage.queue.event(try #require(ids.first))?.state == .unrouted
                }
                try await eventually("the log has it") {
                    try await stage.log.attempts(event: try #require(ids.first)).map(\.result) == [.unrouted]
                }
                #expect(receiver.requests.isEmpty)
            }
        }
    }

    // Another process adds it, and nobody tells this one.
    @Test func `an event reaches the channel that was added the moment before`() async throws {
        try await LocalReceiver.with { receiver in
            try await Stage.with { stage in
                try await stage.ready()
                for number in 1...10 {
                    let settings = ChannelSettings(
                        name: "hook \(number)",
                        type: .webhook,
                        settings: ["url": receiver.url],
                        events: ["number.\(number)"]
                    ).makingSecrets().settings
                    _ = try await stage.channels.add(settings, by: .local)
                    try await stage.post(#"{"type":"number.\#(number)"}"#)
                    try await stage.settled()
                }
                #expect(receiver.requests.count == 10)
            }
        }
    }

    @Test func `with a concurrency of one, delivery is in the order of the queue`() async throws {
        try await LocalReceiver.with { receiver in
            let expected = (0..<40).map { #"{"type":"t\#($0)""# }
            try await Stage.with(
                DeliveryConfiguration(concurrency: 1, grace: .seconds(2)),
                start: { stage in
                    for index in 0..<40 { try await stage.push(#"{"type":"t\#(index)"}"#) }
                }
            ) { stage in
                _ = try await stage.addConsole()
                _ = try await stage.addWebhook(receiver.url)
                try await eventually("all arrive") { receiver.requests.count == 40 }
                #expect(receiver.requests.map { String($0.text.prefix { $0 != "," }) } == expected)
                try await stage.settled()
                #expect(stage.console.all.count == 40)
            }
        }
    }

    // PITFALLS 20
    @Test func `a recovery never comes before its alert, nor gets lost`() async throws {
        try await LocalReceiver.with({ index, _ in .respond(status: index < 3 ? 500 : 200) }) { receiver in
            try await Stage.with { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                try await stage.post(
                    #"[{"type":"site.down","subject":"7","data":{"incidentId":"1"}},{"type":"site.up","subject":"7","data":{"incidentId":"1"}}]"#
                )
                try await stage.settled()
                let types = receiver.requests.compactMap { try? JSON(parsing: $0.body)["type"]?.string }
                #expect(types == ["site.down", "site.down", "site.down", "site.down", "site.up"])
            }
        }
    }

    // PITFALLS 19
    @Test func `an alert that never got through and its recovery are one message for people`() async throws {
        try await LocalReceiver.with({ index, _ in index < 2 ? .respond(status: 500) : .respond(status: 200, body: "ok")
        }) {
            receiver in
            try await Stage.with { stage in
                let slack = try await stage.channels.add(
                    ChannelSettings(name: "slack", type: .slack, settings: ["url": receiver.url]),
                    by: .local
                )
                stage.worker.channelsChanged()
                try await stage.ready()
                let down = try await stage.post(
                    #"{"type":"site.down","subject":"7","id":"d","data":{"name":"shop","incidentId":"1"}}"#
                )
                try await eventually("the alert fails") { receiver.requests.count == 1 }
                let up = try await stage.post(
                    #"{"type":"site.up","subject":"7","id":"u","data":{"name":"shop","incidentId":"1","endedAt":"2026-03-01T12:00:00Z"}}"#
                )
                try await eventually("both have ended") {
                    let ends = try await [
                        stage.queue.event(try #require(down.first)), stage.queue.event(try #require(up.first)),
                    ]
                    return ends.allSatisfy { $0?.deliveries.first?.state == .sent }
                }
                #expect(receiver.requests.last?.text.contains("was down and is up again") == true)
                #expect(receiver.requests.count == 3)
                try await eventually("the log has both") {
                    try await stage.log.attempts(channel: slack.id, limit: 10).count { $0.result == .sent } == 2
                }
            }
        }
    }

    @Test func `what is in flight at the end is finished`() async throws {
        try await LocalReceiver.with { receiver in
            try await Stage.with { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                let events = (0..<200).map { #"{"type":"t\#($0)"}"# }.joined(separator: ",")
                try await stage.post("[\(events)]")
                try await eventually("it has begun") { !receiver.requests.isEmpty }
            }
            let ids = receiver.requests.compactMap { $0.header("webhook-id") }
            #expect(Set(ids).count == ids.count)
        }
    }

    @Test func `in a flood for one channel that works, events wait in hand for a slot, and none is stored first`()
        async throws
    {
        let stored = Watched(0)
        try await LocalReceiver.with { receiver in
            // However slow the machine is, nobody's patience runs out.
            try await Stage.with(time: StoppedClock(), wrap: { StoringWatchingQueue(base: $0, stored: stored) }) {
                stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                // The first success allows more than one at a time.
                try await stage.post(#"{"type":"first"}"#)
                try await eventually("it arrives") { receiver.requests.count == 1 }
                try await stage.settled()
                for round in 0..<4 {
                    let events = (0..<500).map { #"{"type":"t\#(round)-\#($0)"}"# }.joined(separator: ",")
                    try await stage.post("[\(events)]")
                }
                try await eventually("all arrive", within: .seconds(60)) { receiver.requests.count >= 2_001 }
                #expect(stored.withLock { $0 } == 0)
            }
        }
    }

    // One step of the queue for both, which is one commit where the queue is in the database.
    @Test func `in a flood, what has ended is told with the claim of the next`() async throws {
        let broughtAlong = Watched(0)
        try await Stage.with(
            DeliveryConfiguration(concurrency: 4, grace: .seconds(2)),
            wrap: { EndsWatchingQueue(base: $0, broughtAlong: broughtAlong) }
        ) { stage in
            _ = try await stage.addConsole()
            try await stage.ready()
            try await stage.post("[\((0..<100).map { #"{"type":"t\#($0)"}"# }.joined(separator: ","))]")
            try await stage.settled()
            #expect(stage.console.all.count == 100)
            #expect(broughtAlong.withLock { $0 } >= 50)
        }
    }

    @Test func `a burst is delivered whole, each once`() async throws {
        try await LocalReceiver.with { receiver in
            try await Stage.with { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                for round in 0..<4 {
                    let events = (0..<250).map { #"{"type":"t\#(round)-\#($0)"}"# }.joined(separator: ",")
                    try await stage.post("[\(events)]")
                }
                try await eventually("all arrive", within: .seconds(60)) { receiver.requests.count >= 1_000 }
                try await stage.settled()
                #expect(Set(receiver.requests.compactMap { $0.header("webhook-id") }).count == 1_000)
                #expect(receiver.requests.count == 1_000)
            }
        }
    }
}
