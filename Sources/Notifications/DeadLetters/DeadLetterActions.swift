package import Monitoring

/// What people do with dead letters: look at them, put them back, drop them; one, several, or all that match a filter.
package struct DeadLetterActions: Sendable {
    /// What became of dead letters that were to be put back.
    package struct Tally: Sendable, Equatable {
        package var replayed = 0
        /// They stay: the queue, or the channel's backlog, has reached its bound.
        package var full = 0
        /// They were not there any more, or their event is on its way again already.
        package var gone = 0

        package init() {}

        mutating func add(_ outcomes: [ReplayOutcome]) {
            for outcome in outcomes {
                switch outcome {
                case .replayed: replayed += 1
                case .full: full += 1
                case .gone: gone += 1
                }
            }
        }
    }

    /// Deliveries a second that are put back to one channel, unless it is said otherwise.
    package static let standardRate = 10
    /// The most that one step takes.
    package static let maximumStep = 1_000
    /// How many letters one step looks at, at most.
    private static let maximumScan = 10_000
    private static let page = 100

    /// What is put back: as little of a letter as it takes, since one step has many and a body may be large.
    private struct Candidate {
        /// An incident as one channel was told of it.
        struct Told: Hashable {
            let channel: ChannelID
            let incident: String
        }

        let letter: String
        let channel: ChannelID?
        let size: Int
        var alert: (event: Event, told: Told)?
        var recovery: Told?

        init(_ letter: DeadLetter) {
            self.letter = letter.id
            channel = letter.channel
            size = letter.body.count
            guard let channel, case .event(let event, _, _) = QueueElement(letter.body),
                event.source == Event.ownSource, let incident = event.data?["incidentId"]?.string
            else { return }
            let told = Told(channel: channel, incident: incident)
            if event.type == Transition.Kind.down.rawValue { alert = (event, told) }
            if event.type == Transition.Kind.up.rawValue { recovery = told }
        }
    }

    private let queue: any EventQueue
    private let channels: any ChannelStore
    private let monitoring: any MonitoringStore

    package init(queue: any EventQueue, channels: any ChannelStore, monitoring: any MonitoringStore) {
        self.queue = queue
        self.channels = channels
        self.monitoring = monitoring
    }

    /// The dead letter, if there is one.
    package func letter(_ id: String) async throws -> DeadLetter? { try await queue.deadLetter(id) }

    /// A page of those that match, newest first; it may hold fewer than asked for and have a next one all the same.
    package func list(_ filter: DeadLetterFilter, before: String?, limit: Int) async throws -> DeadLetterPage {
        // A filter that few match would otherwise read a letter a call.
        var query = filter.query(limit: max(limit, Self.page), isOldestFirst: false)
        query.before = before
        var items: [DeadLetter] = []
        var (scanned, size) = (0, 0)
        while true {
            let page = try await queue.deadLetters(query)
            for letter in page.items where filter.matches(letter) {
                items.append(letter)
                size += letter.body.count
                if items.count == limit || size >= StepBound.bytes {
                    let hasMore = letter.id != page.items.last?.id || page.next != nil
                    return DeadLetterPage(items: items, next: hasMore ? letter.id : nil)
                }
            }
            scanned += page.items.count
            guard let next = page.next else { return DeadLetterPage(items: items, next: nil) }
            guard scanned < Self.maximumScan else { return DeadLetterPage(items: items, next: next) }
            query.before = next
        }
    }

    // MARK: Putting back

    /// Puts the dead letters of these ids back, the oldest first whatever their order here.
    package func replay(_ ids: [String], rate: Int = standardRate) async throws -> Tally {
        var candidates: [Candidate] = []
        for id in ids.sorted() {
            if let letter = try await queue.deadLetter(id) { candidates.append(Candidate(letter)) }
        }
        var tally = try await replay(candidates, rate: rate)
        tally.gone += ids.count - candidates.count
        return tally
    }

    /// Puts those back that match, the oldest first, as many as one step takes.
    ///
    /// - Parameters:
    ///   - filter: Which.
    ///   - cursor: What the step before has answered.
    ///   - rate: Deliveries a second to each channel.
    /// - Returns: What became of them, and the cursor of the next step if there is one.
    /// - Throws: ``QueueError`` and ``StoreError``; what was put back until then is.
    package func replay(
        _ filter: DeadLetterFilter,
        from cursor: DeadLetterCursor?,
        rate: Int = standardRate
    ) async throws -> (tally: Tally, next: DeadLetterCursor?) {
        let (candidates, next) = try await step(through: filter, from: cursor, Candidate.init)
        return (try await replay(candidates, rate: rate), next)
    }

    private func replay(_ candidates: [Candidate], rate: Int) async throws -> Tally {
        var tally = Tally()
        guard !candidates.isEmpty else { return tally }
        let types = Dictionary(try await channels.channels().map { ($0.id, $0.settings.type) }) { first, _ in first }
        // A recovery that is put back itself is not told a second time.
        let recovered = Set(candidates.compactMap(\.recovery))
        var rest = candidates[...]
        while !rest.isEmpty {
            let batch = StepBound.prefix(of: rest, count: Self.page, size: \.size)
            var items: [ReplayRequest.Item] = []
            for candidate in batch {
                let lane = candidate.channel.flatMap { types[$0] }?.lane ?? .webhook
                var sequel: EnqueueRequest.Element?
                if let (alert, told) = candidate.alert, !recovered.contains(told) {
                    sequel = try await recovery(after: alert, told)
                }
                items.append(
                    ReplayRequest.Item(
                        letter: candidate.letter,
                        deadline: lane == .people ? RetrySchedule.people.deadline : RetrySchedule.webhook.deadline,
                        sequel: sequel
                    )
                )
            }
            tally.add(try await queue.replay(ReplayRequest(items: items, spacing: Self.spacing(of: rate))))
            rest = rest.dropFirst(batch.count)
        }
        return tally
    }

    /// The time between two at a rate a second: whole milliseconds, never so few that there are more in a second.
    package static func spacing(of rate: Int) -> Duration {
        let rate = max(1, rate)
        return .milliseconds((1_000 + rate - 1) / rate)
    }

    /// The recovery that an alert must not go without, where its incident has ended: nobody is left to think that the
    /// site is down.
    private func recovery(after alert: Event, _ told: Candidate.Told) async throws -> EnqueueRequest.Element? {
        guard let incident = IncidentID(told.incident),
            let endedAt = try await monitoring.incident(incident)?.endedAt
        else { return nil }
        let id = EventID.made(at: endedAt)
        let body = alert.recovery(at: endedAt).element(id: id)
        return EnqueueRequest.Element(id: id, body: body, ownHash: ContentHash.hex(of: body))
    }

    // MARK: Dropping

    /// Drops the dead letters of these ids.
    ///
    /// - Returns: How many there were.
    package func discard(_ ids: [String]) async throws -> Int { try await queue.discard(ids) }

    /// Drops those that match, as many as one step takes.
    ///
    /// - Returns: How many, and the cursor of the next step if there is one.
    package func discard(
        _ filter: DeadLetterFilter,
        from cursor: DeadLetterCursor?
    ) async throws -> (discarded: Int, next: DeadLetterCursor?) {
        let (ids, next) = try await step(through: filter, from: cursor, \.id)
        return (try await queue.discard(ids), next)
    }

    // MARK: Steps

    /// What one step takes of those that match, the oldest first.
    private func step<Item>(
        through filter: DeadLetterFilter,
        from cursor: DeadLetterCursor?,
        _ item: (DeadLetter) -> Item
    ) async throws -> (items: [Item], next: DeadLetterCursor?) {
        var items: [Item] = []
        let newest: String
        if let cursor {
            newest = cursor.last
        } else {
            guard let letter = try await queue.deadLetters(DeadLetterQuery(limit: 1)).items.first else {
                return ([], nil)
            }
            newest = letter.id
        }
        var query = filter.query(limit: Self.page, isOldestFirst: true)
        query.after = cursor?.after
        var scanned = 0
        while scanned < Self.maximumScan, items.count < Self.maximumStep {
            let page = try await queue.deadLetters(query)
            let letters = page.items.prefix { $0.id <= newest }
            for letter in letters where filter.matches(letter) { items.append(item(letter)) }
            scanned += letters.count
            guard let last = letters.last, page.next != nil, letters.count == page.items.count else {
                return (items, nil)
            }
            query.after = last.id
        }
        return (items, DeadLetterCursor(after: query.after, last: newest))
    }
}
