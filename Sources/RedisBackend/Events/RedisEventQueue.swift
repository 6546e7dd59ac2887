package import Logging
internal import Monitoring
internal import Networking
package import Notifications
package import Redis

/// The event queue on a Redis server, for any number of processes.
///
/// The queue itself is a plain list of JSON, which other programs push to and pop from; see ``EventFunctions`` for the
/// rest. Every step is one function of the server, so that nothing is ever half done.
package final class RedisEventQueue: EventQueue {
    /// How long an enqueue may take in all, repetitions included, before the caller is told.
    private static let enqueueLimit: Duration = .milliseconds(1_500)
    private static let mostPerCall = 256

    private let client: RedisClient
    private let key: String
    private let bounds: QueueBounds
    private let logger: Logger
    private let keys: [String]
    private let waiting: RedisSession
    private let batcher: EnqueueBatcher

    /// Makes the queue on the list at `key`.
    package init(client: RedisClient, key: String, bounds: QueueBounds, logger: Logger) {
        self.client = client
        self.key = key
        self.bounds = bounds
        self.logger = logger
        keys = [key, Self.prefix(of: key)]
        waiting = RedisSession(client: client, name: "queue")
        batcher = EnqueueBatcher(executor: EventLoopExecutor(client.eventLoop)) { [keys] requests in
            let arguments = EventWire.enqueue(requests, bounds: bounds)
            let reply = try await client.call("enqueue", in: EventFunctions.library, keys: keys, arguments: arguments)
            return try EventWire.enqueueOutcomes(reply, of: requests)
        }
    }

    /// Brings the functions into the server while it has room for them: a full one refuses new functions, and yet has to
    /// be drained.
    package func prepare() async throws {
        try await client.replaceVersions(with: EventFunctions.library)
    }

    /// The start of all keys beside the list, with the list's hash tag, so that they share its slot in a cluster.
    static func prefix(of key: String) -> String {
        guard let open = key.firstIndex(of: "{") else { return "{\(key)}:" }
        let tag = key[key.index(after: open)...].prefix { $0 != "}" }
        return tag.isEmpty || tag.endIndex == key.endIndex ? "{\(key)}:" : "\(key):"
    }

    /// Closes the connection that waits.
    package func close() async { await waiting.close() }

    // MARK: The producer's side

    package func enqueue(_ request: EnqueueRequest) async throws -> EnqueueOutcome {
        try await failing {
            try await EnqueueAttempts(limit: Self.enqueueLimit, logger: logger).run { [batcher] in
                try await batcher.enqueue(request)
            }
        }
    }

    // MARK: The worker's side

    package func wait(upTo limit: Duration) async throws {
        let milliseconds = limit.milliseconds
        guard milliseconds > 0 else { return }
        // It puts back what it moves, so that no element is ever outside of the list or a lease, whatever becomes of us.
        let seconds = RedisArgument.string(
            "\(milliseconds / 1_000).\(String(milliseconds % 1_000 + 1_000).dropFirst())"
        )
        let command = RedisCommand("BLMOVE", .string(key), .string(key), "LEFT", "LEFT", seconds)
        _ = try await failing { try await waiting.block(command, upTo: limit) }
    }

    package func claim(_ request: ClaimRequest) async throws -> Claim {
        try await failing {
            var calls = [RedisFunctionCall("claim", keys: keys, arguments: EventWire.arguments(of: request))]
            if !request.completions.isEmpty {
                let ends = EventWire.complete(request.completions, boot: request.boot, bounds: bounds)
                calls.insert(RedisFunctionCall("complete", keys: keys, arguments: ends), at: 0)
            }
            // In one write. Where the answer is lost, the next claim gives back what this one took.
            let replies = try await client.pipelineCalls(calls, in: EventFunctions.library).map { try $0.get() }
            guard let last = replies.last else { throw RedisError(.protocolViolation, "Redis gave no reply.") }
            var claim = try EventWire.claim(last)
            if replies.count > 1 { claim.completed = try EventWire.completed(replies[0]) }
            return claim
        }
    }

    package func route(_ events: [RoutedEvent], as boot: String) async throws -> [RouteOutcome] {
        try await inBatches(of: events) { batch in
            try await self.call("route", EventWire.route(batch, boot: boot, bounds: self.bounds))
                .array().map(EventWire.routeOutcome)
        }
    }

    package func complete(_ completions: [Completion], as boot: String) async throws -> [Bool] {
        try await inBatches(of: completions) { batch in
            try EventWire.completed(
                await self.call("complete", EventWire.complete(batch, boot: boot, bounds: self.bounds))
            )
        }
    }

    package func beat(_ boot: String, lease: Duration) async throws -> Bool {
        try await failing { try await call("beat", [.string(boot), .integer(lease.milliseconds)]).int() == 1 }
    }

    package func sweep() async throws -> Int {
        try await failing { try await call("sweep", []).int() }
    }

    package func leave(_ boot: String) async throws {
        _ = try await failing { try await call("leave", [.string(boot)]) }
    }

    package func gate(_ channel: ChannelID, for duration: Duration) async throws {
        _ = try await failing {
            try await call("gate", [.string(channel.description), .integer(duration.milliseconds)])
        }
    }

    package func backlogs() async throws -> [ChannelID: Int] {
        try await failing {
            Dictionary(try await call("backlogs", []).array().map(EventWire.backlog)) { first, _ in first }
        }
    }

    package func bury(
        _ which: Burial,
        of channel: ChannelID,
        because reason: String,
        limit: Int
    ) async throws -> Int {
        let arguments: [RedisArgument] = [
            .string(channel.description), .string(which.rawValue), .string(reason),
            RedisArgument(limit), RedisArgument(bounds.maxDeadLetters),
        ]
        return try await failing { try await call("bury_waiting", arguments).int() }
    }

    // MARK: What the broker may have lost

    package func incarnation() async throws -> QueueIncarnation? {
        try await failing { try EventWire.incarnation(try await call("identity", [])) }
    }

    package func countLost(_ events: Int, report: String) async throws {
        _ = try await failing { try await call("note_lost", [RedisArgument(events), .string(report)]) }
    }

    // MARK: What people do

    package func deadLetters(_ query: DeadLetterQuery) async throws -> DeadLetterPage {
        try await failing { try EventWire.page(try await call("letter_page", EventWire.arguments(of: query))) }
    }

    package func deadLetter(_ id: String) async throws -> DeadLetter? {
        try await failing { try await call("letters", [.string(id)]).array().first.map(EventWire.deadLetter) }
    }

    package func replay(_ request: ReplayRequest) async throws -> [ReplayOutcome] {
        try await inBatches(of: request.items) { batch in
            try await self.call("replay", EventWire.replay(batch, spacing: request.spacing, bounds: self.bounds))
                .array().map(EventWire.replayOutcome)
        }
    }

    package func discard(_ ids: [String]) async throws -> Int {
        try await inBatches(of: ids) { batch in
            [try await self.call("discard", batch.map { .string($0) }).int()]
        }.reduce(0, +)
    }

    package func event(_ id: EventID) async throws -> QueuedEvent? {
        try await failing { try EventWire.event(try await call("event", [.string(id.rawValue)]), id: id) }
    }

    package func counts() async throws -> QueueCounts {
        try await failing { try EventWire.counts(try await call("counts", [])) }
    }

    package func tidy() async throws {
        // The server itself removes expired records; only dead letters are ours to discard.
        let arguments: [RedisArgument] = [
            .integer(bounds.deadLetterLifetime.milliseconds), RedisArgument(bounds.maxDeadLetters),
        ]
        while try await failing({ try await call("trim", arguments).int() }) >= 1_000 {}
    }

    // MARK: Calling

    private func call(_ function: String, _ arguments: [RedisArgument]) async throws -> RESPValue {
        try await client.call(function, in: EventFunctions.library, keys: keys, arguments: arguments)
    }

    /// Bounds what one call does, since the server does nothing else meanwhile.
    private func inBatches<Item: Sendable, Output>(
        of items: [Item],
        _ body: ([Item]) async throws -> [Output]
    ) async throws -> [Output] {
        var outputs: [Output] = []
        var rest = items[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.mostPerCall))
            rest = rest.dropFirst(batch.count)
            outputs += try await failing { try await body(batch) }
        }
        return outputs
    }

    private func failing<Output>(_ body: () async throws -> Output) async throws -> Output {
        do {
            return try await body()
        } catch {
            throw QueueError.failure(error, key: key)
        }
    }
}
