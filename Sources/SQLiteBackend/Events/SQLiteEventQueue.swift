package import Monitoring
package import Notifications
internal import Synchronization

/// The event queue in the embedded database, for the workers of one process.
///
/// What an earlier process held is given back before the first claim. Enqueuing and completing share commits.
package final class SQLiteEventQueue: EventQueue {
    /// How many expired records one transaction removes, so that no writer waits long.
    private static let mostExpired = 1_000
    private static let mostPerCommit = 256

    private let time: any TimeSource
    private let core: SQLiteQueueCore
    private let enqueuing: CommitGroup<EnqueueRequest, EnqueueOutcome>
    private let completing: CommitGroup<CompletionBatch, [Bool]>

    private struct CompletionBatch: Sendable {
        let completions: [Completion]
        let boot: String
    }

    package init(database: SQLiteDatabase, bounds: QueueBounds, time: any TimeSource) {
        let core = SQLiteQueueCore(pool: database.pool, bounds: bounds, time: time)
        self.time = time
        self.core = core
        enqueuing = CommitGroup(most: Self.mostPerCommit) { requests in
            try await core.write { ledger in try requests.map { try ledger.enqueue($0) } }
        }
        completing = CommitGroup(most: Self.mostPerCommit) { batches in
            try await core.write { ledger in
                try batches.map { batch in try batch.completions.map { try ledger.complete($0, as: batch.boot) } }
            }
        }
    }

    // MARK: The producer's side

    package func enqueue(_ request: EnqueueRequest) async throws -> EnqueueOutcome {
        let outcome = try await enqueuing.submit(request)
        if case .queued(let ids) = outcome, !ids.isEmpty { core.signal.raise() }
        return outcome
    }

    // MARK: The worker's side

    package func wait(upTo limit: Duration) async throws {
        let seen = core.seen
        guard limit > .zero, core.signal.generation == seen.generation else { return }
        guard try await !core.read({ try $0.hasClaimableEvents() }) else { return }
        var limit = limit
        if let nextDue = seen.nextDue { limit = min(limit, max(nextDue - time.now(), .milliseconds(1))) }
        let end = limit
        let (signal, time) = (core.signal, time)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await time.sleep(for: end) }
            group.addTask { await signal.wait(after: seen.generation) }
            defer { group.cancelAll() }
            try await group.next()
        }
        try Task.checkCancellation()
    }

    package func claim(_ request: ClaimRequest) async throws -> Claim {
        // Taken before the look at the queue, so that what is added meanwhile is not slept through.
        let generation = core.signal.generation
        // What is only taken is free again when the process has ended.
        let durability: Durability = request.completions.isEmpty ? .ordered : .full
        let claim = try await core.write(durability: durability) { [core] ledger in
            core.workers.withLock { $0.take(request.boot, lease: request.lease, now: ledger.now) }
            let completed = try request.completions.map { try ledger.complete($0, as: request.boot) }
            var claim = try ledger.claim(request)
            claim.completed = completed
            return claim
        }
        // For other workers; this one looks once more than it would have to.
        if request.completions.contains(where: \.leavesWork) { core.signal.raise() }
        core.saw(generation, nextDue: claim.nextDue.flatMap { $0 > claim.now ? $0 : nil })
        return claim
    }

    package func route(_ events: [RoutedEvent], as boot: String) async throws -> [RouteOutcome] {
        guard !events.isEmpty else { return [] }
        let outcomes = try await core.write { ledger in try events.map { try ledger.route($0, as: boot) } }
        core.signal.raise()
        return outcomes
    }

    package func complete(_ completions: [Completion], as boot: String) async throws -> [Bool] {
        guard !completions.isEmpty else { return [] }
        let results = try await completing.submit(CompletionBatch(completions: completions, boot: boot))
        // The next of an order, or a retry, may be due before the time that the last claim named.
        if completions.contains(where: \.leavesWork) { core.signal.raise() }
        return results
    }

    package func beat(_ boot: String, lease: Duration) async throws -> Bool {
        let wall = time.now()
        return core.workers.withLock { workers in
            let now = workers.clock.read(wall, lease: workers.length)
            return workers.extend(boot, lease: lease, now: now)
        }
    }

    package func sweep() async throws -> Int {
        let count = try await core.write { [core] ledger in
            let living = core.workers.withLock { workers -> Set<String>? in
                guard !workers.clock.isInGrace(at: ledger.now) else { return nil }
                workers.expire(now: ledger.now)
                return workers.boots
            }
            return try living.map { try ledger.giveBack(exceptTo: $0) } ?? 0
        }
        if count > 0 { core.signal.raise() }
        return count
    }

    package func leave(_ boot: String) async throws {
        let count = try await core.write { [core] ledger in
            let count = try ledger.giveBack(of: boot, hasCrashed: false)
            core.workers.withLock { $0.end(boot) }
            return count
        }
        if count > 0 { core.signal.raise() }
    }

    package func gate(_ channel: ChannelID, for duration: Duration) async throws {
        try await core.write { try $0.gate(channel, for: duration) }
        core.signal.raise()
    }

    package func backlogs() async throws -> [ChannelID: Int] { try await core.read { try $0.backlogs() } }

    package func bury(
        _ which: Burial,
        of channel: ChannelID,
        because reason: String,
        limit: Int
    ) async throws -> Int {
        let count = try await core.write { try $0.bury(which, of: channel, because: reason, limit: limit) }
        if count > 0 { core.signal.raise() }
        return count
    }

    // MARK: What the broker may have lost

    /// Nil: what is enqueued is on the disk, with the outbox or without it.
    package func incarnation() async throws -> QueueIncarnation? { nil }

    package func countLost(_ events: Int, report: String) async throws {}

    // MARK: What people do

    package func deadLetters(_ query: DeadLetterQuery) async throws -> DeadLetterPage {
        try await core.read { try $0.deadLetters(query) }
    }

    package func deadLetter(_ id: String) async throws -> DeadLetter? {
        try await core.read { try $0.deadLetter(id) }
    }

    package func replay(_ request: ReplayRequest) async throws -> [ReplayOutcome] {
        let outcomes = try await core.write { try $0.replay(request) }
        if outcomes.contains(.replayed) { core.signal.raise() }
        return outcomes
    }

    package func discard(_ ids: [String]) async throws -> Int {
        try await core.write { try $0.discard(ids) }
    }

    package func event(_ id: EventID) async throws -> QueuedEvent? {
        try await core.read { try $0.event(id) }
    }

    package func counts() async throws -> QueueCounts {
        let workers = core.workers.withLock { $0.count }
        return try await core.read { try $0.counts(workers: workers) }
    }

    package func tidy() async throws {
        while try await core.write({ try $0.removeExpired(most: Self.mostExpired) }) {}
        while try await core.write({ try $0.trim() }) {}
    }
}

extension Completion {
    /// Whether something may be claimed after it that could not be before.
    fileprivate var leavesWork: Bool {
        switch self {
        // What is sent at once has no order, so that nothing waits for it.
        case .event(_, _, _, .sent): false
        case .event, .delivery: true
        }
    }
}
