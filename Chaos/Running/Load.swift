internal import Notifications
internal import Synchronization
internal import TestSupport

/// Senders that lose nothing: each event under a key of its own, again and again until it is accepted.
final class Load: Sendable {
    /// How long one answer may take.
    private static let patience = Duration.seconds(1)

    private let options: ChaosOptions
    private let fleet: Fleet
    private let receptions: Receptions
    private let next = Mutex(1)

    init(_ options: ChaosOptions, fleet: Fleet, receptions: Receptions) {
        self.options = options
        self.fleet = fleet
        self.receptions = receptions
    }

    /// How many events were begun.
    var begun: Int { next.withLock { $0 } - 1 }

    /// Sends until it is over, and until all that was begun is accepted.
    func run(until isOver: @escaping @Sendable () -> Bool) async throws {
        let pause = Duration.seconds(1) * options.clients / max(1, options.rate)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<options.clients {
                group.addTask {
                    var generator = SeededGenerator(seed: self.options.seed, part: 100 + UInt64(client))
                    while !isOver() {
                        // One request in ten has several events.
                        let count = Int.random(in: 0..<10, using: &generator) == 0 ? 5 : 1
                        try await self.send(self.take(count), &generator)
                        try await Task.sleep(
                            for: pause * count * Double.random(in: 0.5...1.5, using: &generator)
                        )
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func take(_ count: Int) -> Range<Int> {
        next.withLock { next in
            defer { next += count }
            return next..<(next + count)
        }
    }

    private func send(_ numbers: Range<Int>, _ generator: inout SeededGenerator) async throws {
        let events = numbers.map(event)
        let body = events.count == 1 ? events[0] : .array(events)
        try await send(body, numbers, &generator)
        // Who lost the answer asks again, and is answered the same.
        if Int.random(in: 0..<20, using: &generator) == 0 { try await send(body, numbers, &generator) }
    }

    private func send(_ body: JSON, _ numbers: Range<Int>, _ generator: inout SeededGenerator) async throws {
        while true {
            let servers = fleet.servers
            if let server = servers.randomElement(using: &generator) {
                // An API that is killed while it answers is what this is about: no answer is no answer.
                let answer = try? await server.postEvent(
                    body,
                    idempotencyKey: "load-\(numbers.lowerBound)",
                    within: Self.patience
                )
                if let answer, answer.status == 202 {
                    let ids = answer.json["ids"]?.array ?? answer.json["id"].map { [$0] } ?? []
                    for (number, id) in zip(numbers, ids) { receptions.accepted(number, as: id.string ?? "") }
                    if ids.count != numbers.count { receptions.refused(numbers.lowerBound, answer.text) }
                    return
                }
                if let answer, answer.status < 500, answer.status != 408 {
                    return receptions.refused(numbers.lowerBound, "\(answer.status) \(answer.text)")
                }
            }
            try await Task.sleep(for: .milliseconds(Int64.random(in: 50...200, using: &generator)))
        }
    }

    private func event(_ number: Int) -> JSON {
        var members: [JSON.Member] = [
            .init("type", .string(LoadKind(number: number).type)),
            .init("subject", .string("n-\(number)")),
            .init("data", ["n": JSON(number)]),
        ]
        // Some senders choose the id themselves.
        if number.isMultiple(of: 7) { members.append(.init("id", .string("own-\(options.seed)-\(number)"))) }
        return .object(members)
    }
}
