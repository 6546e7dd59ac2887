import Monitoring
import Notifications
import Synchronization

/// A queue that does what another does, but for what it does itself.
protocol ForwardingQueue: EventQueue {
    var base: any EventQueue { get }
}

extension ForwardingQueue {
    func enqueue(_ request: EnqueueRequest) async throws -> EnqueueOutcome { try await base.enqueue(request) }
    func wait(upTo limit: Duration) async throws { try await base.wait(upTo: limit) }
    func claim(_ request: ClaimRequest) async throws -> Claim { try await base.claim(request) }
    func route(_ events: [RoutedEvent], as boot: String) async throws -> [RouteOutcome] {
        try await base.route(events, as: boot)
    }
    func complete(_ completions: [Completion], as boot: String) async throws -> [Bool] {
        try await base.complete(completions, as: boot)
    }
    func beat(_ boot: String, lease: Duration) async throws -> Bool { try await base.beat(boot, lease: lease) }
    func sweep() async throws -> Int { try await base.sweep() }
    func leave(_ boot: String) async throws { try await base.leave(boot) }
    func gate(_ channel: ChannelID, for duration: Duration) async throws {
        try await base.gate(channel, for: duration)
    }
    func deadLetters(_ query: DeadLetterQuery) async throws -> DeadLetterPage { try await base.deadLetters(query) }
    func deadLetter(_ id: String) async throws -> DeadLetter? { try await base.deadLetter(id) }
    func replay(_ request: ReplayRequest) async throws -> [ReplayOutcome] { try await base.replay(request) }
    func backlogs() async throws -> [ChannelID: Int] { try await base.backlogs() }
    func bury(_ which: Burial, of channel: ChannelID, because reason: String, limit: Int) async throws -> Int {
        try await base.bury(which, of: channel, because: reason, limit: limit)
    }
    func incarnation() async throws -> QueueIncarnation? { try await base.incarnation() }
    func countLost(_ events: Int, report: String) async throws {
        try await base.countLost(events, report: report)
    }
    func discard(_ ids: [String]) async throws -> Int { try await base.discard(ids) }
    func event(_ id: EventID) async throws -> QueuedEvent? { try await base.event(id) }
    func counts() async throws -> QueueCounts { try await base.counts() }
    func tidy() async throws { try await base.tidy() }
}

/// Says once that the lease was lost, as a broker does that has given everything to others.
struct LeaseLosingQueue: ForwardingQueue {
    let base: any EventQueue
    let isLost: @Sendable () -> Bool

    func beat(_ boot: String, lease: Duration) async throws -> Bool {
        guard !isLost() else {
            return false
        }
        return try await base.beat(boot, lease: lease)
    }
}

/// Keeps how many events are said to be lost, and loses the first answers.
struct CountingQueue: ForwardingQueue {
    final class Told: Sendable {
        private let state: Mutex<(reports: [String: Int], calls: Int)> = Mutex(([:], 0))
        private let lostAnswers: Int

        init(lostAnswers: Int = 0) {
            self.lostAnswers = lostAnswers
        }

        var lost: Int { state.withLock { $0.reports.values.reduce(0, +) } }
        var calls: Int { state.withLock { $0.calls } }

        func add(_ events: Int, _ report: String) throws {
            let call = state.withLock { state in
                state.reports[report] = events
                state.calls += 1
                return state.calls
            }
            if call <= lostAnswers { throw QueueError(.unavailable, "The answer was lost.") }
        }
    }

    let base: any EventQueue
    let told: Told

    func countLost(_ events: Int, report: String) async throws { try told.add(events, report) }
}

/// Gives no deliveries out, as if other workers were always faster.
struct DeliveriesElsewhereQueue: ForwardingQueue {
    let base: any EventQueue

    func claim(_ request: ClaimRequest) async throws -> Claim {
        var request = request
        request.freeDeliveries = 0
        return try await base.claim(request)
    }
}

/// Keeps how many bytes of events were stored in one step, at most.
struct SizeWatchingQueue: ForwardingQueue {
    let base: any EventQueue
    let seen: Watched<[Int]>

    func route(_ events: [RoutedEvent], as boot: String) async throws -> [RouteOutcome] {
        let size = events.reduce(0) { $0 + $1.body.count }
        seen.withLock { $0.append(size) }
        return try await base.route(events, as: boot)
    }
}

/// Notes how much is in hand when one of the events `e…` is reported as sent.
struct HeldWatchingQueue: ForwardingQueue {
    let base: any EventQueue
    let seen: Watched<[Int]>

    func claim(_ request: ClaimRequest) async throws -> Claim {
        try await look(at: request.completions)
        return try await base.claim(request)
    }

    func complete(_ completions: [Completion], as boot: String) async throws -> [Bool] {
        try await look(at: completions)
        return try await base.complete(completions, as: boot)
    }

    private func look(at completions: [Completion]) async throws {
        for case .event(_, let id?, _, .sent) in completions where id.rawValue.hasPrefix("e") {
            let held = try await base.counts().held
            seen.withLock { $0.append(held) }
        }
    }
}

/// Counts the events that are stored as deliveries.
struct StoringWatchingQueue: ForwardingQueue {
    let base: any EventQueue
    let stored: Watched<Int>

    func route(_ events: [RoutedEvent], as boot: String) async throws -> [RouteOutcome] {
        stored.withLock { $0 += events.count }
        return try await base.route(events, as: boot)
    }
}

/// Learns of no end before it is let, as a broker that is slow to answer.
struct SlowToEndQueue: ForwardingQueue {
    final class Gate: Sendable {
        private let state = Mutex((isOpen: true, waiting: 0))

        var waiting: Int { state.withLock { $0.waiting } }
        func open() { state.withLock { $0.isOpen = true } }
        func close() { state.withLock { $0.isOpen = false } }

        func pass() async throws {
            state.withLock { $0.waiting += 1 }
            defer { state.withLock { $0.waiting -= 1 } }
            while !state.withLock({ $0.isOpen }) { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    let base: any EventQueue
    let gate: Gate

    func claim(_ request: ClaimRequest) async throws -> Claim {
        if !request.completions.isEmpty { try await gate.pass() }
        return try await base.claim(request)
    }

    func complete(_ completions: [Completion], as boot: String) async throws -> [Bool] {
        try await gate.pass()
        return try await base.complete(completions, as: boot)
    }
}

/// Counts the ends that claims bring along.
struct EndsWatchingQueue: ForwardingQueue {
    let base: any EventQueue
    let broughtAlong: Watched<Int>

    func claim(_ request: ClaimRequest) async throws -> Claim {
        broughtAlong.withLock { $0 += request.completions.count }
        return try await base.claim(request)
    }
}

/// Takes no claim that brings ends along.
struct EndRefusingQueue: ForwardingQueue {
    let base: any EventQueue

    func claim(_ request: ClaimRequest) async throws -> Claim {
        guard request.completions.isEmpty else { throw QueueError(.unavailable, "The claim can't be made.") }
        return try await base.claim(request)
    }
}

/// Keeps in which order ends and routes are told.
struct OrderWatchingQueue: ForwardingQueue {
    enum Told: Equatable { case ends, routes }

    let base: any EventQueue
    let seen: Watched<[Told]>

    func claim(_ request: ClaimRequest) async throws -> Claim {
        if !request.completions.isEmpty { seen.withLock { $0.append(.ends) } }
        return try await base.claim(request)
    }

    func complete(_ completions: [Completion], as boot: String) async throws -> [Bool] {
        seen.withLock { $0.append(.ends) }
        return try await base.complete(completions, as: boot)
    }

    func route(_ events: [RoutedEvent], as boot: String) async throws -> [RouteOutcome] {
        seen.withLock { $0.append(.routes) }
        return try await base.route(events, as: boot)
    }
}
