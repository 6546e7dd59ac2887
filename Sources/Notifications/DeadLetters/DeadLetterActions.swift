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
        var scanned = 0
        while true {
            let page = try await queue.deadLetters(query)
            for letter in page.items where filter.matches(letter) {
                items.append(letter)
                if items.count == limit {
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
        var tally = Tally()
        let ids = ids.sorted()
        for start in stride(from: 0, to: ids.count, by: Self.page) {
            var letters: [DeadLetter] = []
            for id in ids[start..<min(start + Self.page, ids.count)] {
                if let letter = try await queue.deadLetter(id) { letters.append(letter) } else { tally.gone += 1 }
            }
            tally.add(try await replay(letters, rate: rate))
        }
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
        var tally = Tally()
        let next = try await step(through: filter, from: cursor) { letters in
            tally.add(try await replay(letters, rate: rate))
        }
        return (tally, next)
    }

    private func replay(_ letters: [DeadLetter], rate: Int) async throws -> [ReplayOutcome] {
        guard !letters.isEmpty else { return [] }
        let types = Dictionary(try await channels.channels().map { ($0.id, $0.settings.type) }) { first, _ in first }
        var items: [ReplayRequest.Item] = []
        for letter in letters {
            let lane = letter.channel.flatMap { types[$0] }?.lane ?? .webhook
            items.append(
                ReplayRequest.Item(
                    letter: letter.id,
                    deadline: lane == .people ? RetrySchedule.people.deadline : RetrySchedule.webhook.deadline,
                    sequel: try await recovery(after: letter)
                )
            )
        }
        return try await queue.replay(ReplayRequest(items: items, spacing: .seconds(1) / max(1, rate)))
    }

    /// The recovery that an alert must not go without, where its incident has ended: nobody is left to think that the
    /// site is down.
    private func recovery(after letter: DeadLetter) async throws -> EnqueueRequest.Element? {
        guard letter.channel != nil, case .event(let alert, _, _) = QueueElement(letter.body),
            alert.type == Transition.Kind.down.rawValue, alert.source == Event.ownSource,
            let incident = (alert.data?["incidentId"]?.string).flatMap({ IncidentID($0) }),
            let endedAt = try await monitoring.incident(incident)?.endedAt
        else { return nil }
        let id = EventID.random()
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
        var count = 0
        let next = try await step(through: filter, from: cursor) { letters in
            count += try await queue.discard(letters.map(\.id))
        }
        return (count, next)
    }

    // MARK: Steps

    /// Does something with those that match, the oldest first, page by page.
    private func step(
        through filter: DeadLetterFilter,
        from cursor: DeadLetterCursor?,
        _ body: ([DeadLetter]) async throws -> Void
    ) async throws -> DeadLetterCursor? {
        let newest: String
        if let cursor {
            newest = cursor.last
        } else {
            guard let letter = try await queue.deadLetters(DeadLetterQuery(limit: 1)).items.first else { return nil }
            newest = letter.id
        }
        var query = filter.query(limit: Self.page, isOldestFirst: true)
        query.after = cursor?.after
        var (scanned, taken) = (0, 0)
        while scanned < Self.maximumScan, taken < Self.maximumStep {
            let page = try await queue.deadLetters(query)
            let letters = page.items.prefix { $0.id <= newest }
            let matching = letters.filter(filter.matches)
            try await body(matching)
            scanned += letters.count
            taken += matching.count
            guard let last = letters.last, page.next != nil, letters.count == page.items.count else { return nil }
            query.after = last.id
        }
        return DeadLetterCursor(after: query.after, last: newest)
    }
}
