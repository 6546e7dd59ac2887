internal import Logging
internal import Monitoring
internal import Notifications
internal import Redis
internal import Synchronization
internal import TestSupport

/// Why a replay could not be made.
private struct Unexpected: Error, CustomStringConvertible {
    let description: String
}

/// One replay of many dead letters by a whole Tocsin in one process.
final class ReplayRun: Sendable {
    private static let eventsInRequest = 1_000

    private let options: ReplayOptions
    private let folder: String
    private let ledger = Mutex(ReplayLedger())
    private let memory = Mutex(MemoryRecord())
    private let slowestIntake = Mutex(Duration.zero)
    /// Set when the receiver takes what it is sent; before that it is gone for good.
    private let isWell = Turn()

    init(_ options: ReplayOptions, folder: String) {
        self.options = options
        self.folder = folder
    }

    /// Runs to the end; everything that was started has ended then.
    func run() async throws -> ReplayReport {
        try await LocalReceiver.with({ self.answer($1) }, keepsRequests: false) { receiver in
            switch options.broker {
            case .embedded: try await run(receiver, redis: nil)
            case .redis:
                try await withRedisServer(in: folder, appendOnly: true, fsync: "everysec") { redis in
                    let client = RedisClient(
                        try RedisConfiguration(url: redis.url, clientName: "chaos"),
                        logger: Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() }
                    )
                    do {
                        _ = try await client.send(RedisCommand("CONFIG SET", "slowlog-max-len", 1_000))
                        // In microseconds.
                        _ = try await client.send(RedisCommand("CONFIG SET", "slowlog-log-slower-than", 10_000))
                        let report = try await run(receiver, redis: client, at: redis.url)
                        await client.close()
                        return report
                    } catch {
                        await client.close()
                        throw error
                    }
                }
            }
        }
    }

    private func answer(_ request: LocalReceiver.Request) -> LocalReceiver.Answer {
        guard isWell.hasCome else { return .respond(status: 410) }
        guard let data = try? JSON(parsing: request.body)["data"], let number = data["n"]?.int,
            let subject = data["subject"]?.int
        else { return .respond(status: 400) }
        ledger.withLock { $0.take(number, of: subject, at: unixTime()) }
        return .respond(status: 200)
    }

    private func run(_ receiver: LocalReceiver, redis: RedisClient?, at url: String? = nil) async throws -> ReplayReport
    {
        let common = ["--set", "channels.console=false"] + (url.map { ["--broker", $0] } ?? [])
        return try await withTocsin(in: folder, common) { workspace in
            let server = try await workspace.serve()
            let start = ContinuousClock.now
            let channel = try await makeLetters(on: server, receiver)
            let making = ContinuousClock.now - start
            Progress.say("\(options.letters) dead letters are there")

            isWell.come()
            try await change(channel, ["paused": false], on: server)
            _ = try await redis?.send(RedisCommand("SLOWLOG RESET"))
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.watch(server) }
                defer { group.cancelAll() }
                let begun = ContinuousClock.now
                let begunAt = unixTime()
                let steps = try await putBack(channel, on: server)
                let puttingBack = ContinuousClock.now - begun
                Progress.say("they are put back")
                // What does not arrive is found missing.
                _ = try? await eventually("all have arrived", within: options.limit) {
                    ledger.withLock { $0.count } == options.letters
                }
                let arriving = ContinuousClock.now - begun
                // A repeat would be on its way.
                try await eventually("nothing is left to do", within: options.limit) { try await isEmpty(server) }
                ledger.withLock { $0.settle(options.letters, pace: options.pace, since: begunAt) }
                return report(making, puttingBack, arriving, steps, try await slowestCommands(of: redis))
            }
        }
    }

    private func report(
        _ making: Duration,
        _ puttingBack: Duration,
        _ arriving: Duration,
        _ steps: Int,
        _ slowest: [(command: String, duration: Duration)]
    ) -> ReplayReport {
        let (ledger, memory) = (ledger.withLock { $0 }, memory.withLock { $0 })
        var violations = ledger.violations
        violations.add(memory.violations)
        return ReplayReport(
            options: options,
            making: making,
            puttingBack: puttingBack,
            arriving: arriving,
            steps: steps,
            repeats: ledger.repeats,
            slowest: slowest,
            slowestIntake: slowestIntake.withLock { $0 },
            memory: memory,
            violations: violations
        )
    }

    // MARK: Steps

    /// Lets events wait for a paused channel, and then for one that is gone for good.
    ///
    /// - Returns: The channel.
    private func makeLetters(on server: TocsinServerUnderTest, _ receiver: LocalReceiver) async throws -> String {
        let answer = try await server.post(
            "/v1/channels",
            [
                "name": "replayed", "type": "webhook", "events": ["site.replayed"], "paused": true,
                "settings": ["url": .string(receiver.url)],
            ]
        )
        guard let channel = answer["id"]?.string else { throw Unexpected(description: "the channel has no id") }
        for first in stride(from: 0, to: options.letters, by: Self.eventsInRequest) {
            let numbers = first..<min(first + Self.eventsInRequest, options.letters)
            try await accept(.array(numbers.map(event)), on: server)
        }
        try await eventually("all wait for the channel", within: options.limit) {
            try await queue(of: server)["scheduled"]?.int == options.letters
        }
        try await change(channel, ["paused": false], on: server)
        try await eventually("all are dead letters", within: options.limit) {
            try await queue(of: server)["dead"]?.int == options.letters
        }
        return channel
    }

    /// Posts events until they are accepted.
    private func accept(_ events: JSON, on server: TocsinServerUnderTest) async throws {
        let key = ULID.text(at: SystemTime().now())
        while true {
            let answer = try await server.postEvent(events, idempotencyKey: key)
            if answer.status == 202 { return }
            guard answer.status == 503 else {
                throw Unexpected(description: "events were answered \(answer.status): \(answer.text)")
            }
        }
    }

    private func event(_ number: Int) -> JSON {
        let subject = number % options.subjects
        return [
            "type": "site.replayed", "subject": .string("subject-\(subject)"),
            "data": ["n": JSON(number), "subject": JSON(subject)],
        ]
    }

    /// Puts all letters of the channel back, step by step, as the command does.
    private func putBack(_ channel: String, on server: TocsinServerUnderTest) async throws -> Int {
        var steps = 0
        var replayed = 0
        var next = JSON.null
        repeat {
            var request: [JSON.Member] = [.init("channel", .string(channel)), .init("rate", JSON(options.pace))]
            if next != .null { request.append(.init("next", next)) }
            let answer = try await server.post("/v1/dead-letters/replay", .object(request))
            replayed += answer["replayed"]?.int ?? 0
            next = answer["next"] ?? .null
            steps += 1
        } while next != .null
        guard replayed == options.letters else {
            throw Unexpected(description: "\(replayed) of \(options.letters) dead letters were put back")
        }
        return steps
    }

    /// Measures the memory, and how long others wait, until cancelled.
    private func watch(_ server: TocsinServerUnderTest) async throws {
        while true {
            if let bytes = server.process.residentBytes { memory.withLock { $0.sampled(.serve, bytes) } }
            let start = ContinuousClock.now
            try await accept(["type": "other.event"], on: server)
            let duration = ContinuousClock.now - start
            slowestIntake.withLock { $0 = max($0, duration) }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func change(_ channel: String, _ patch: JSON, on server: TocsinServerUnderTest) async throws {
        let answer = try await server.call(
            "PATCH",
            "/v1/channels/\(channel)",
            body: patch.bytes,
            headers: [("Content-Type", "application/merge-patch+json")]
        )
        guard answer.status == 200 else {
            throw Unexpected(description: "the change of a channel was answered \(answer.status): \(answer.text)")
        }
    }

    private func queue(of server: TocsinServerUnderTest) async throws -> JSON {
        try await Task.sleep(for: .milliseconds(200))
        return try await server.get("/v1/status")["queue"] ?? .null
    }

    private func isEmpty(_ server: TocsinServerUnderTest) async throws -> Bool {
        let queue = try await queue(of: server)
        return ["waiting", "held", "scheduled"].allSatisfy { queue[$0]?.int == 0 }
    }

    /// The longest commands since they were last forgotten, longest first: at most three.
    private func slowestCommands(
        of redis: RedisClient?
    ) async throws -> [(command: String, duration: Duration)] {
        guard let redis else { return [] }
        return try await redis.send(RedisCommand("SLOWLOG GET", 1_000)).array()
            .map { entry -> (command: String, duration: Duration) in
                let fields = try entry.array()
                let words = try fields[3].array().prefix(2).map { try $0.string() }
                return (words.joined(separator: " "), Duration.microseconds(try fields[2].int()))
            }
            .sorted { $0.duration > $1.duration }
            .prefix(3).map(\.self)
    }
}
