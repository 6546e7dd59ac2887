import Monitoring
import Notifications
import Synchronization

/// Whether the broker is away.
final class Outage: Sendable {
    private let isOn = Mutex(false)

    func begin() { isOn.withLock { $0 = true } }
    func end() { isOn.withLock { $0 = false } }

    func check() throws {
        if isOn.withLock({ $0 }) { throw QueueError(.unavailable, "The broker is away.") }
    }
}

/// A queue whose broker goes away while an outage lasts, for the worker; people can look into it all the time.
struct FlakyQueue: EventQueue {
    let base: any EventQueue
    let outage: Outage

    func enqueue(_ request: EnqueueRequest) async throws -> EnqueueOutcome {
        try outage.check()
        return try await base.enqueue(request)
    }

    func wait(upTo limit: Duration) async throws {
        try outage.check()
        try await base.wait(upTo: limit)
    }

    func claim(_ request: ClaimRequest) async throws -> Claim {
        try outage.check()
        return try await base.claim(request)
    }

    func route(_ events: [RoutedEvent], as boot: String) async throws -> [RouteOutcome] {
        try outage.check()
        return try await base.route(events, as: boot)
    }

    func complete(_ completions: [Completion], as boot: String) async throws -> [Bool] {
        try outage.check()
        return try await base.complete(completions, as: boot)
    }

    func beat(_ boot: String, lease: Duration) async throws -> Bool {
        try outage.check()
        return try await base.beat(boot, lease: lease)
    }

    func sweep() async throws -> Int {
        try outage.check()
        return try await base.sweep()
    }

    func leave(_ boot: String) async throws { try await base.leave(boot) }

    func gate(_ channel: ChannelID, for duration: Duration) async throws {
        try outage.check()
        try await base.gate(channel, for: duration)
    }

    func deadLetters(_ query: DeadLetterQuery) async throws -> DeadLetterPage { try await base.deadLetters(query) }
    func deadLetter(_ id: String) async throws -> DeadLetter? { try await base.deadLetter(id) }
    func replay(_ ids: [String], deadline: Duration) async throws -> Int {
        try await base.replay(ids, deadline: deadline)
    }
    func discard(_ ids: [String]) async throws -> Int { try await base.discard(ids) }
    func event(_ id: EventID) async throws -> QueuedEvent? { try await base.event(id) }
    func counts() async throws -> QueueCounts { try await base.counts() }
    func tidy() async throws { try await base.tidy() }
}
