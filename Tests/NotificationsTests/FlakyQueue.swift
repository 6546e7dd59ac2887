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
struct FlakyQueue: ForwardingQueue {
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

    func gate(_ channel: ChannelID, for duration: Duration) async throws {
        try outage.check()
        try await base.gate(channel, for: duration)
    }
}
