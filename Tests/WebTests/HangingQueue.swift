import Monitoring
import Notifications

/// A queue whose broker never answers, or answers every question with an error.
struct HangingQueue: EventQueue {
    var error: QueueError?

    private func hang() async throws -> Never {
        if let error { throw error }
        while true { try await Task.sleep(for: .seconds(60)) }
    }

    func enqueue(_ request: EnqueueRequest) async throws -> EnqueueOutcome { try await hang() }
    func wait(upTo limit: Duration) async throws { try await hang() }
    func claim(_ request: ClaimRequest) async throws -> Claim { try await hang() }
    func route(_ events: [RoutedEvent], as boot: String) async throws -> [RouteOutcome] { try await hang() }
    func complete(_ completions: [Completion], as boot: String) async throws -> [Bool] { try await hang() }
    func beat(_ boot: String, lease: Duration) async throws -> Bool { try await hang() }
    func sweep() async throws -> Int { try await hang() }
    func leave(_ boot: String) async throws { try await hang() }
    func gate(_ channel: ChannelID, for duration: Duration) async throws { try await hang() }
    func deadLetters(_ query: DeadLetterQuery) async throws -> DeadLetterPage { try await hang() }
    func deadLetter(_ id: String) async throws -> DeadLetter? { try await hang() }
    func replay(_ request: ReplayRequest) async throws -> [ReplayOutcome] { try await hang() }
    func backlogs() async throws -> [ChannelID: Int] { try await hang() }
    func bury(_ which: Burial, of channel: ChannelID, because reason: String, limit: Int) async throws -> Int {
        try await hang()
    }
    func incarnation() async throws -> QueueIncarnation? { try await hang() }
    func countLost(_ events: Int, report: String) async throws { try await hang() }
    func discard(_ ids: [String]) async throws -> Int { try await hang() }
    func event(_ id: EventID) async throws -> QueuedEvent? { try await hang() }
    func counts() async throws -> QueueCounts { try await hang() }
    func tidy() async throws { try await hang() }
}
