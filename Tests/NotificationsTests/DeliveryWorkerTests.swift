import Monitoring
import Notifications
import Synchronization
import TestSupport
import Testing

@Suite struct DeliveryWorkerTests {
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

    @Test func `410 takes the channel out of use and buries what waits`() async throws {
        try await LocalReceiver.with({ _, _ in .respond(status: 410) }) { receiver in
            try await Stage.with { stage in
                let channel = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                try await stage.post(#"{"type":"a"}"#)
                try await eventually("it is disabled") {
                    try await stage.channels.channel(channel)?.disabledReason?.contains("410") == true
                }
                try await eventually("it is dead") { try await stage.deadLetters().count == 1 }
                try await eventually("others find no channel") {
                    let ids = try await stage.post(#"{"type":"b"}"#)
                    try await stage.settled()
                    return try await stage.queue.event(try #require(ids.first))?.state != .routed
                        && receiver.requests.count == 1
                }
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

    // PITFALLS 22
    @Test func `a channel that hangs holds up no other`() async throws {
        try await LocalReceiver.with({ _, _ in .hang }) { hanging in
            try await LocalReceiver.with { healthy in
                try await Stage.with(
                    DeliveryConfiguration(concurrency: 4, channelConcurrency: 2, grace: .milliseconds(100))
                ) { stage in
                    _ = try await stage.addWebhook(hanging.url, name: "slow")
                    _ = try await stage.addWebhook(healthy.url, name: "fast")
                    try await stage.ready()
                    let events = (0..<30).map { #"{"type":"t\#($0)"}"# }.joined(separator: ",")
                    try await stage.post("[\(events)]")
                    // The slow one takes 2 s for each attempt.
                    try await eventually("the healthy one has all", within: .seconds(8)) {
                        healthy.requests.count == 30
                    }
                    #expect(hanging.requests.count <= 12)
                }
            }
        }
    }

    // PITFALLS 18
    @Test func `thirty events at once to a receiver that limits are all delivered in the end`() async throws {
        let limited = Mutex(0)
        try await LocalReceiver.with({ _, _ in
            limited.withLock { count in
                count += 1
                return count <= 5 ? .respond(status: 429, headers: ["retry-after": "1"]) : .respond(status: 200)
            }
        }) { receiver in
            try await Stage.with { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                let events = (0..<30).map { #"{"type":"t\#($0)"}"# }.joined(separator: ",")
                try await stage.post("[\(events)]")
                try await stage.settled()
                #expect(try await stage.deadLetters().isEmpty)
                let sent = receiver.requests.compactMap { $0.header("webhook-id") }
                #expect(Set(sent).count == 30)
            }
        }
    }

    @Test func `what another worker was asked to leave alone is left alone by this one, fresh events too`() async throws
    {
        try await LocalReceiver.with { receiver in
            try await Stage.with { stage in
                let id = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                let clock = ContinuousClock()
                let start = clock.now
                try await stage.queue.gate(id, for: .seconds(1))
                try await stage.post(#"{"type":"a"}"#)
                try await eventually("it arrives") { receiver.requests.count == 1 }
                #expect(clock.now - start >= .milliseconds(990))
            }
        }
    }

    @Test func `a paused channel holds its deliveries until it goes on`() async throws {
        try await LocalReceiver.with { receiver in
            try await Stage.with { stage in
                let id = try await stage.addWebhook(receiver.url, paused: true)
                try await stage.ready()
                let ids = try await stage.post(#"{"type":"a"}"#)
                try await eventually("it is routed") {
                    try await stage.queue.event(try #require(ids.first))?.deliveries.first?.state == .pending
                }
                #expect(receiver.requests.isEmpty)
                var settings = try #require(try await stage.channels.channel(id)).settings
                settings.paused = false
                _ = try await stage.channels.update(id, to: settings, revision: nil, by: .local)
                stage.worker.channelsChanged()
                try await eventually("it arrives") { receiver.requests.count == 1 }
            }
        }
    }

    @Test func `a deleted channel buries what waits for it`() async throws {
        try await LocalReceiver.with({ _, _ in .respond(status: 500) }) { receiver in
            try await Stage.with { stage in
                let id = try await stage.addWebhook(receiver.url, retry: "4s,1h")
                try await stage.ready()
                try await stage.post(#"{"type":"a"}"#)
                try await eventually("it fails") { receiver.requests.count == 1 }
                try await stage.channels.remove(id, by: .local)
                try await eventually("it is dead") {
                    try await stage.deadLetters().map(\.reason) == ["The channel was deleted."]
                }
            }
        }
    }

    @Test func `what a paused channel holds past its deadline is buried, and the rest is held`() async throws {
        try await LocalReceiver.with { receiver in
            try await Stage.with(start: { stage in
                let id = try await stage.addWebhook(receiver.url, events: ["none"], paused: true)
                // As routed by another worker.
                try await stage.push(#"{"id":"short","type":"a"}"#)
                try await stage.push(#"{"id":"long","type":"a"}"#)
                let request = ClaimRequest(boot: "w", lease: .seconds(60), freeEvents: 2, freeDeliveries: 0)
                let held = try await stage.queue.claim(request).events
                try #require(held.count == 2)
                let events = try zip(held, [("short", Duration.milliseconds(50)), ("long", .seconds(3_600))]).map {
                    RoutedEvent(
                        token: $0.token,
                        id: try #require(EventID(rawValue: $1.0)),
                        body: $0.body,
                        hash: "h",
                        isOwnID: false,
                        deliveries: [.init(channel: id, order: nil, deadline: $1.1)]
                    )
                }
                #expect(try await stage.queue.route(events, as: "w") == [.routed, .routed])
            }) { stage in
                try await eventually("the one is dead") {
                    try await stage.deadLetters().map(\.reason) == ["The deadline has passed."]
                }
                #expect(try await stage.deadLetters().first?.event?.rawValue == "short")
                #expect(try await stage.queue.backlogs().map(\.value) == [1])
                #expect(receiver.requests.isEmpty)
            }
        }
    }

    @Test func `what waits for a retry is buried at once when its channel is deleted`() async throws {
        try await LocalReceiver.with({ _, _ in .respond(status: 500) }) { receiver in
            try await Stage.with { stage in
                let id = try await stage.addWebhook(receiver.url, retry: "1h,1h")
                try await stage.ready()
                try await stage.post(#"[{"type":"a"},{"type":"b"}]"#)
                try await eventually("both have failed") { try await stage.queue.counts().scheduled == 2 }
                try await stage.channels.remove(id, by: .local)
                stage.worker.channelsChanged()
                try await eventually("both are dead") {
                    try await stage.deadLetters().map(\.reason)
                        == ["The channel was deleted.", "The channel was deleted."]
                }
                #expect(try await stage.queue.backlogs().isEmpty)
            }
        }
    }

    @Test func `what waits for a channel whose receiver is gone is buried with it, and can be put back`() async throws {
        try await LocalReceiver.with({ index, _ in .respond(status: index == 0 ? 500 : 410) }) { receiver in
            try await Stage.with { stage in
                let id = try await stage.addWebhook(receiver.url, retry: "1h,1h")
                try await stage.ready()
                try await stage.post(#"{"type":"a"}"#)
                try await eventually("it has failed") { try await stage.queue.counts().scheduled == 1 }
                try await stage.post(#"{"type":"b"}"#)
                try await eventually("both are dead") { try await stage.deadLetters().count == 2 }
                #expect(try await stage.deadLetters().contains { $0.reason.hasPrefix("The channel is disabled: ") })

                try await eventually("it is disabled") {
                    try await stage.channels.channel(id)?.disabledReason != nil
                }
                let settings = try #require(try await stage.channels.channel(id)).settings
                // By another process, of which the worker is not told.
                _ = try await stage.channels.update(id, to: settings, revision: nil, by: .local)
                receiver.answer { _, _ in .respond(status: 200) }
                let items = try await stage.deadLetters().map {
                    ReplayRequest.Item(letter: $0.id, deadline: .seconds(60))
                }
                #expect(
                    try await stage.queue.replay(ReplayRequest(items: items, spacing: .milliseconds(10)))
                        == [.replayed, .replayed]
                )
                try await stage.settled()
                #expect(try await stage.deadLetters().isEmpty)
            }
        }
    }

    // PITFALLS 12
    @Test func `suspects run alone, one after the other, and nothing else is in hand meanwhile`() async throws {
        let seen = HeldWatchingQueue.Seen()
        try await LocalReceiver.with { receiver in
            try await Stage.with(
                wrap: { HeldWatchingQueue(base: $0, seen: seen) },
                start: { stage in
                    for index in 0..<5 { try await stage.push(#"{"id":"e\#(index)","type":"a"}"#) }
                    for boot in 1...2 {
                        let request = ClaimRequest(
                            boot: "dead-\(boot)",
                            lease: .milliseconds(50),
                            freeEvents: 10,
                            freeDeliveries: 1
                        )
                        #expect(try await stage.queue.claim(request).events.count == 5)
                        try await eventually("its lease runs out") { try await stage.queue.sweep() == 5 }
                    }
                    for index in 0..<20 { try await stage.push(#"{"id":"young\#(index)","type":"a"}"#) }
                }
            ) { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await eventually("all are delivered", within: .seconds(30)) { receiver.requests.count == 25 }
                try await stage.settled()
                #expect(Set(receiver.requests.compactMap { $0.header("webhook-id") }).count == 25)
                #expect(seen.heldAtEnd.count == 5)
                #expect(seen.heldAtEnd.allSatisfy { $0 == 1 }, "\(seen.heldAtEnd)")
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

    // PITFALLS 2
    @Test func `it goes on by itself when the broker is back, and says so meanwhile`() async throws {
        let outage = Outage()
        try await LocalReceiver.with { receiver in
            try await Stage.with(wrap: { FlakyQueue(base: $0, outage: outage) }) { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                outage.begin()
                try await eventually("it says so") { stage.worker.readiness != .ready }
                outage.end()
                try await stage.ready()
                try await stage.post(#"{"type":"a"}"#)
                try await eventually("it arrives") { receiver.requests.count == 1 }
            }
        }
    }

    // PITFALLS 14
    @Test func `an end that could not be reported is reported again and not sent again`() async throws {
        let outage = Outage()
        try await LocalReceiver.with({ _, _ in
            outage.begin()
            return .respond(status: 200)
        }) { receiver in
            try await Stage.with(wrap: { FlakyQueue(base: $0, outage: outage) }) { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                let ids = try await stage.post(#"{"type":"a","id":"once"}"#)
                try await eventually("it arrives") { receiver.requests.count == 1 }
                try await eventually("it says so") { stage.worker.readiness != .ready }
                outage.end()
                try await eventually("it has ended") {
                    try await stage.queue.event(try #require(ids.first))?.state == .ended
                }
                #expect(receiver.requests.count == 1)
            }
        }
    }

    // PITFALLS 5
    @Test func `a worker that lost its lease starts anew and changes nothing of what others have`() async throws {
        let lost = Mutex(false)
        try await LocalReceiver.with({ index, _ in
            guard index == 0 else { return .respond(status: 200) }
            lost.withLock { $0 = true }
            return .hang
        }) { receiver in
            try await Stage.with(
                DeliveryConfiguration(lease: .seconds(2), grace: .seconds(2)),
                wrap: {
                    LeaseLosingQueue(
                        base: $0,
                        isLost: {
                            lost.withLock { isLost in
                                defer { isLost = false }
                                return isLost
                            }
                        }
                    )
                }
            ) { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                let ids = try await stage.post(#"{"type":"a","id":"one"}"#)
                try await eventually("it is delivered by the next") {
                    try await stage.queue.event(try #require(ids.first))?.state == .ended
                }
                #expect(receiver.requests.map { $0.header("webhook-id") } == ["one", "one"])
                #expect(try await stage.deadLetters().isEmpty)
            }
        }
    }

    // PITFALLS 12, 13
    @Test func `what kills its workers is buried, and its deaths are no attempts`() async throws {
        try await LocalReceiver.with { receiver in
            try await Stage.with(start: { stage in
                try await stage.push(#"{"id":"poison","type":"a"}"#)
                for boot in 1...4 {
                    let request = ClaimRequest(
                        boot: "dead-\(boot)",
                        lease: .milliseconds(50),
                        freeEvents: 1,
                        freeDeliveries: 1
                    )
                    let claim = try await stage.queue.claim(request)
                    #expect(claim.events.first?.crashes == boot - 1)
                    try await eventually("its lease runs out") { try await stage.queue.sweep() == 1 }
                }
            }) { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await eventually("it is dead") { try await stage.deadLetters().count == 1 }
                let letter = try #require(try await stage.deadLetters().first)
                #expect(letter.reason.contains("4 workers died"))
                #expect(receiver.requests.isEmpty)
            }
        }
    }

    @Test func `in a flood for one channel that works, events wait in hand for a slot, and few are stored first`()
        async throws
    {
        let seen = StoringWatchingQueue.Seen()
        try await LocalReceiver.with { receiver in
            try await Stage.with(wrap: { StoringWatchingQueue(base: $0, seen: seen) }) { stage in
                _ = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                for round in 0..<4 {
                    let events = (0..<500).map { #"{"type":"t\#(round)-\#($0)"}"# }.joined(separator: ",")
                    try await stage.post("[\(events)]")
                }
                try await eventually("all arrive", within: .seconds(60)) { receiver.requests.count >= 2_000 }
                // At first the channel is given one at a time, and what it has no slot for then is stored.
                #expect(seen.stored < 1_000, "stored \(seen.stored) of 2000")
            }
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
