import Monitoring
import Notifications
import Synchronization
import TestSupport
import Testing

extension DeliveryWorkerTests {
    // PITFALLS 12
    @Test func `suspects run alone, one after the other, and nothing else is in hand meanwhile`() async throws {
        let seen = Watched<[Int]>([])
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
                let heldAtEnd = seen.withLock { $0 }
                #expect(heldAtEnd.count == 5)
                #expect(heldAtEnd.allSatisfy { $0 == 1 }, "\(heldAtEnd)")
            }
        }
    }

    @Test func `a refusal is kept with the receiver's answer, whoever else looks at the queue`() async throws {
        try await LocalReceiver.with({ _, _ in .respond(status: 400, body: "bad") }) { receiver in
            try await Stage.with(wrap: { DeliveriesElsewhereQueue(base: $0) }) { stage in
                let channel = try await stage.addWebhook(receiver.url)
                try await stage.ready()
                try await stage.post(#"{"type":"a"}"#)
                try await eventually("it is dead") { try await stage.deadLetters().count == 1 }
                let letter = try #require(try await stage.deadLetters().first)
                #expect(letter.channel == channel && letter.attempts == 1)
                #expect(letter.reason.contains("400"))
            }
        }
    }

    @Test func `large events are stored a few at a time`() async throws {
        let seen = Watched<[Int]>([])
        let body = String(repeating: "x", count: 1_000_000)
        try await LocalReceiver.with { receiver in
            try await Stage.with(
                wrap: { SizeWatchingQueue(base: $0, seen: seen) },
                start: { stage in
                    for index in 0..<12 { try await stage.push(#"{"id":"e\#(index)","type":"a","data":"\#(body)"}"#) }
                }
            ) { stage in
                for name in ["a", "b"] { _ = try await stage.addWebhook(receiver.url, name: name) }
                try await eventually("all are delivered", within: .seconds(60)) { receiver.requests.count == 24 }
                try await stage.settled()
                let sizes = seen.withLock { $0 }
                #expect(sizes.reduce(0, +) > 12_000_000)
                #expect(sizes.allSatisfy { $0 <= StepBound.bytes }, "\(sizes)")
            }
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

    @Test func `ends are told although the claims that bring them along fail`() async throws {
        try await Stage.with(
            DeliveryConfiguration(concurrency: 2, grace: .seconds(2)),
            wrap: { EndRefusingQueue(base: $0) }
        ) { stage in
            _ = try await stage.addConsole()
            try await stage.ready()
            try await stage.post("[\((0..<6).map { #"{"type":"t\#($0)"}"# }.joined(separator: ","))]")
            try await stage.settled()
            #expect(stage.console.all.count == 6)
        }
    }

    // A release takes back what was claimed behind it in its order, which must not have been routed by then.
    @Test func `ends are told before what is to be routed`() async throws {
        let seen = Watched<[OrderWatchingQueue.Told]>([])
        try await Stage.with(
            wrap: { OrderWatchingQueue(base: $0, seen: seen) },
            start: { stage in
                _ = try await stage.addConsole()
                _ = try await stage.channels.add(ChannelSettings(name: "other", type: .console), by: .local)
                // One claim takes both: one is no event, the other is for two channels.
                try await stage.push("{}")
                try await stage.post(#"{"type":"a"}"#)
            }
        ) { stage in
            try await stage.settled()
            #expect(seen.withLock { $0 }.prefix(2) == [.ends, .routes])
            #expect(stage.console.all.count == 2)
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
}
