import Monitoring
import SQLiteBackend
import StoredForms
import Synchronization
import TestSupport
import Testing

@testable import Notifications

@Suite struct DeadLetterActionsTests {
    private struct Setup {
        let actions: DeadLetterActions
        let queue: any EventQueue
        let channels: any ChannelStore
        let incidents: FakeMonitoringStore
        let time: ManualTime

        /// Makes a dead letter of an event at a channel.
        @discardableResult
        func bury(_ event: Event, at channel: Int64 = 1, because reason: String = "status 503") async throws -> EventID
        {
            try #require(try await bury([event], at: channel, because: reason).first)
        }

        /// Makes dead letters of events at a channel, in their order.
        func bury(
            _ events: [Event],
            at channel: Int64 = 1,
            because reason: String = "status 503"
        ) async throws -> [EventID] {
            let elements = events.map { event in
                let id = EventID.made(at: SystemTime().now())
                let body = event.element(id: id)
                return EnqueueRequest.Element(id: id, body: body, ownHash: ContentHash.hex(of: body))
            }
            _ = try await queue.enqueue(EnqueueRequest(key: nil, elements: elements))
            let held = try await claim(events: events.count, deliveries: 0).events
            let routed = zip(held, zip(elements, events)).map { held, pair in
                RoutedEvent(
                    token: held.token,
                    id: pair.0.id,
                    body: pair.0.body,
                    hash: pair.0.ownHash ?? "",
                    isOwnID: true,
                    deliveries: [
                        .init(channel: ChannelID(rawValue: channel), order: pair.1.order, deadline: .seconds(60))
                    ]
                )
            }
            #expect(try await queue.route(routed, as: "w").allSatisfy { $0 == .routed })
            let ids = Set(elements.map(\.id))
            // Others may be due as well.
            let ends = try await claim(events: 0, deliveries: 10_000).deliveries.map { held in
                Completion.delivery(
                    token: held.token,
                    event: held.event,
                    channel: held.channel,
                    end: ids.contains(held.event) ? .dead(reason: reason) : .released
                )
            }
            #expect(try await queue.complete(ends, as: "w").allSatisfy(\.self))
            time.advance(by: .milliseconds(10))
            return elements.map(\.id)
        }

        func claim(events: Int = 1, deliveries: Int = 1) async throws -> Claim {
            try await queue.claim(
                ClaimRequest(boot: "w", lease: .seconds(3_600), freeEvents: events, freeDeliveries: deliveries)
            )
        }

        /// How many steps it takes, and what they came to.
        func replayAll(_ filter: DeadLetterFilter, rate: Int = 10) async throws -> (Int, DeadLetterActions.Tally) {
            var (steps, sum, cursor) = (0, DeadLetterActions.Tally(), DeadLetterCursor?.none)
            repeat {
                let (tally, next) = try await actions.replay(filter, from: cursor, rate: rate)
                sum.replayed += tally.replayed
                sum.full += tally.full
                sum.gone += tally.gone
                steps += 1
                // Over the wire and back.
                cursor = next.flatMap { DeadLetterCursor($0.description) }
            } while cursor != nil
            return (steps, sum)
        }
    }

    private func with(_ body: (Setup) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let time = ManualTime()
            let database = try SQLiteDatabase(path: "\(directory)/tocsin.db")
            let queue = SQLiteEventQueue(database: database, bounds: QueueBounds(), time: time)
            let channels = SQLiteChannelStore(database: database, time: time, secrets: SecretBox(key: nil))
            let incidents = FakeMonitoringStore()
            let actions = DeadLetterActions(queue: queue, channels: channels, monitoring: incidents)
            try await body(
                Setup(actions: actions, queue: queue, channels: channels, incidents: incidents, time: time)
            )
        }
    }

    @Test func `a filter takes what it names and leaves the rest`() async throws {
        try await with { setup in
            try await setup.bury(Event(type: "order.paid"), because: "Refused: status 404")
            let middle = setup.time.now()
            try await setup.bury(Event(type: "order.shipped"), because: "status 503")
            try await setup.bury(Event(type: "other"), at: 2, because: "status 503")
            func types(_ filter: DeadLetterFilter) async throws -> [String] {
                try await setup.actions.list(filter, before: nil, limit: 10).items.compactMap {
                    try JSON(parsing: $0.body)["type"]?.string
                }
            }
            #expect(
                try await types(DeadLetterFilter(type: EventPattern("order.*"))) == ["order.shipped", "order.paid"]
            )
            #expect(try await types(DeadLetterFilter(reason: "STATUS 503")) == ["other", "order.shipped"])
            #expect(try await types(DeadLetterFilter(until: middle)) == ["order.paid"])
            #expect(try await types(DeadLetterFilter(channel: ChannelID(rawValue: 2), since: middle)) == ["other"])
            let both = DeadLetterFilter(type: EventPattern("order.*"), reason: "503")
            #expect(try await setup.replayAll(both).1.replayed == 1)
            #expect(try await types(DeadLetterFilter()) == ["other", "order.paid"])
            let (discarded, next) = try await setup.actions.discard(DeadLetterFilter(reason: "404"), from: nil)
            #expect(discarded == 1 && next == nil)
            #expect(try await types(DeadLetterFilter()) == ["other"])
        }
    }

    @Test func `pages of a filtered list hold all that match, each once`() async throws {
        try await with { setup in
            _ = try await setup.bury((0..<250).map { Event(type: $0 % 50 == 0 ? "rare" : "common") })
            var found: [String] = []
            var next: String?
            repeat {
                let page = try await setup.actions.list(
                    DeadLetterFilter(type: EventPattern("rare")),
                    before: next,
                    limit: 2
                )
                found += page.items.map(\.id)
                next = page.next
            } while next != nil
            #expect(found.count == 5)
            #expect(found == Set(found).sorted(by: >))
        }
    }

    @Test func `a replay of many comes in steps, spread in time, and ends with what was there at its beginning`()
        async throws
    {
        try await with { setup in
            let ids = try await setup.bury((0..<1_100).map { Event(type: "t\($0)") })
            let start = setup.time.now()
            let (first, next) = try await setup.actions.replay(DeadLetterFilter(), from: nil, rate: 10)
            #expect(first.replayed == 1_000)
            // Another one dies meanwhile; it is not part of this replay.
            try await setup.bury(Event(type: "late"), at: 2)
            let cursor = try #require(next.flatMap { DeadLetterCursor($0.description) })
            let (second, end) = try await setup.actions.replay(DeadLetterFilter(), from: cursor, rate: 10)
            #expect(second.replayed == 100 && end == nil)
            #expect(try await setup.queue.counts().dead == 1)
            var dues: [Timestamp] = []
            for id in ids {
                dues.append(try #require(try await setup.queue.event(id)?.deliveries.first?.due))
            }
            #expect(dues == (0..<1_100).map { start + .milliseconds(100 * $0) })
        }
    }

    private static let outage = Event(
        Transition(
            kind: .down,
            site: SiteID(rawValue: 7),
            name: "shop",
            url: "https://shop.example",
            at: Timestamp(milliseconds: 1_800_000_000_000),
            incident: IncidentID(rawValue: 3),
            startedAt: Timestamp(milliseconds: 1_800_000_000_000)
        )
    )

    // PITFALLS 20
    @Test func `an alert whose incident has ended is put back with its recovery behind it`() async throws {
        try await with { setup in
            let startedAt = Timestamp(milliseconds: 1_800_000_000_000)
            let endedAt = startedAt + .seconds(200)
            let open = Incident(
                id: IncidentID(rawValue: 3),
                site: SiteID(rawValue: 7),
                siteName: "shop",
                startedAt: startedAt
            )
            try await setup.bury(Self.outage)
            setup.incidents.known.withLock { $0[open.id] = open }
            #expect(try await setup.replayAll(DeadLetterFilter()).1.replayed == 1)
            var delivery = try #require(try await setup.claim().deliveries.first)
            #expect(delivery.successor == nil, "the site is still down")
            let dead = Completion.delivery(
                token: delivery.token,
                event: delivery.event,
                channel: delivery.channel,
                end: .dead(reason: "x")
            )
            #expect(try await setup.queue.complete([dead], as: "w") == [true])

            var ended = open
            ended.endedAt = endedAt
            setup.incidents.known.withLock { [ended] in $0[ended.id] = ended }
            setup.time.advance(by: .seconds(1))
            #expect(try await setup.replayAll(DeadLetterFilter()).1.replayed == 1)
            delivery = try #require(try await setup.claim().deliveries.first)
            guard case .event(let alert, _, _) = QueueElement(delivery.body),
                let sequel = delivery.successor, case .event(let recovery, _, _) = QueueElement(sequel.body)
            else {
                Issue.record("\(delivery)")
                return
            }
            #expect(alert == Self.outage)
            #expect(recovery.type == "site.up" && recovery.subject == "7" && recovery.time == endedAt.rfc3339)
            #expect(recovery.data?["incidentId"] == "3")
            #expect(recovery.data?["endedAt"]?.string == endedAt.rfc3339)
            #expect(recovery.data?["startedAt"]?.string == startedAt.rfc3339)
        }
    }

    @Test func `a recovery among those put back is told once, however far behind its alert it died`() async throws {
        try await with { setup in
            let startedAt = Timestamp(milliseconds: 1_800_000_000_000)
            let ended = Incident(
                id: IncidentID(rawValue: 3),
                site: SiteID(rawValue: 7),
                siteName: "shop",
                startedAt: startedAt,
                endedAt: startedAt + .seconds(200)
            )
            setup.incidents.known.withLock { $0[ended.id] = ended }
            // More than a page between them.
            try await setup.bury(Self.outage)
            _ = try await setup.bury((0..<150).map { Event(type: "t\($0)") })
            try await setup.bury(Self.outage.recovery(at: startedAt + .seconds(200)))
            try await setup.bury(Self.outage, at: 2)
            #expect(try await setup.replayAll(DeadLetterFilter(), rate: 1_000).1.replayed == 153)
            setup.time.advance(by: .seconds(10))
            var told: [Int64: [String]] = [:]
            while true {
                let deliveries = try await setup.claim(events: 0, deliveries: 1_000).deliveries
                if deliveries.isEmpty { break }
                for held in deliveries {
                    let type = try #require(try JSON(parsing: held.body)["type"]?.string)
                    if type.hasPrefix("site.") { told[held.channel.rawValue, default: []].append(type) }
                    let end = Completion.delivery(
                        token: held.token,
                        event: held.event,
                        channel: held.channel,
                        end: .sent(withSuccessor: nil)
                    )
                    #expect(try await setup.queue.complete([end], as: "w") == [true])
                }
            }
            // The other channel has no recovery of its own among them, so it is made.
            #expect(told == [1: ["site.down", "site.up"], 2: ["site.down", "site.up"]])
        }
    }

    @Test func `people read one message of an outage that is over, and a webhook gets both in order`() async throws {
        try await LocalReceiver.with({ _, _ in .respond(status: 404) }) { receiver in
            try await Stage.with { stage in
                let hook = try await stage.addWebhook(receiver.url)
                let console = try await stage.addConsole()
                try await stage.ready()
                let id = EventID.made(at: SystemTime().now())
                let body = Self.outage.element(id: id)
                _ = try await stage.queue.enqueue(
                    EnqueueRequest(key: nil, elements: [.init(id: id, body: body, ownHash: ContentHash.hex(of: body))])
                )
                try await eventually("the webhook has refused it") { try await stage.deadLetters().count == 1 }
                try await eventually("the console has it") { stage.console.all.count == 1 }
                let letter = try #require(try await stage.deadLetters().first)
                #expect(letter.channel == hook)

                receiver.answer { _, _ in .respond(status: 200) }
                let incidents = FakeMonitoringStore()
                incidents.known.withLock { known in
                    let id = IncidentID(rawValue: 3)
                    known[id] = Incident(
                        id: id,
                        site: SiteID(rawValue: 7),
                        siteName: "shop",
                        startedAt: Timestamp(milliseconds: 1_800_000_000_000),
                        endedAt: Timestamp(milliseconds: 1_800_000_200_000)
                    )
                }
                let actions = DeadLetterActions(queue: stage.queue, channels: stage.channels, monitoring: incidents)
                #expect(try await actions.replay([letter.id]).replayed == 1)
                try await stage.settled()
                let types = try receiver.requests.dropFirst().map { try JSON(parsing: $0.body)["type"]?.string }
                #expect(types == ["site.down", "site.up"])
                #expect(receiver.requests.dropFirst().first?.header("webhook-id") == id.rawValue)

                // The same for people: the console's delivery of another alert is made a dead letter by hand.
                var channel = try #require(try await stage.channels.channel(console)).settings
                channel.paused = true
                _ = try await stage.channels.update(console, to: channel, revision: nil, by: .local)
                _ = try await stage.channels.remove(hook, by: .local)
                stage.worker.channelsChanged()
                let second = EventID.made(at: SystemTime().now())
                let again = Self.outage.element(id: second)
                _ = try await stage.queue.enqueue(
                    EnqueueRequest(key: nil, elements: [.init(id: second, body: again, ownHash: nil)])
                )
                try await eventually("it waits") { try await stage.queue.backlogs()[console] == 1 }
                #expect(try await stage.queue.bury(.all, of: console, because: "by hand", limit: 10) == 1)
                channel.paused = false
                _ = try await stage.channels.update(console, to: channel, revision: nil, by: .local)
                stage.worker.channelsChanged()
                let buried = try #require(try await stage.deadLetters().first { $0.event == second })
                #expect(try await actions.replay([buried.id]).replayed == 1)
                try await eventually("one message tells both") { stage.console.all.count == 2 }
                try await stage.settled()
                #expect(stage.console.all.count == 2)
                #expect(stage.console.all.last?.contains("was down and is up again") == true)
            }
        }
    }

    @Test func `no rate puts back more in a second than it says`() {
        for rate in 1...1_000 {
            let spacing = DeadLetterActions.spacing(of: rate)
            #expect(spacing * rate >= .seconds(1))
            #expect(spacing * rate < .seconds(1) + .milliseconds(rate))
        }
    }
}
