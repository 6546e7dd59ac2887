import Monitoring
import Notifications
import Synchronization
import TestSupport
import Testing

extension DeliveryWorkerTests {
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
}
