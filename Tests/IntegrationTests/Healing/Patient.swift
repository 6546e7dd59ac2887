internal import Monitoring
internal import Notifications
internal import Redis
internal import Synchronization
internal import TestSupport
internal import Testing

/// All roles in one process on a pair of Redis servers, and what shows that each does its work.
struct Patient: Sendable {
    let server: TocsinServerUnderTest
    let pair: RedisPair
    let site: LocalSite
    let receiver: LocalReceiver
    let sender: SteadySender

    /// Waits until the roles that a fault stops have said that they can't do their work, each with the reason.
    func feels(_ fault: Fault) async throws {
        var missing = fault.stops
        try await eventually("\(missing.sorted()) say that they can't work", within: .seconds(15)) {
            let answer = try await server.call("GET", "/readyz")
            for role in missing where answer.json["roles"]?[role]?["ready"] == false {
                #expect(answer.status == 503)
                let reason = try #require(answer.json["roles"]?[role]?["reason"]?.string)
                if reason.contains(fault.reason) { missing.remove(role) }
            }
            return missing.isEmpty
        }
    }

    /// Waits until Redis takes commands, and then until each role has done something new.
    ///
    /// - Parameter name: Unique in the test.
    /// - Returns: How long each role took.
    /// - Throws: Where a role does not.
    func recover(from name: String) async throws -> [String: Duration] {
        try await eventually("Redis takes commands") {
            (try? await pair.primary.ask("SET", "probe", "1", through: pair.forwarder.port, within: .seconds(1)))
                == "OK"
        }
        let start = ContinuousClock.now
        let now = SystemTime().now().milliseconds
        try await pair.primary.withForeignClient { client in
            try await client.command("RPUSH", "NOTIFICATION_QUEUE", .string(#"{"type":"demo.\#(name)"}"#))
            try await client.command(
                "XADD",
                "MONITORING_STREAM",
                "*",
                "websiteId",
                .string(name),
                "url",
                .string(site.url("/\(name)"))
            )
        }
        let steps: [(role: String, isDone: @Sendable () async throws -> Bool)] = [
            ("notifier", { try receiver.webhooks().contains { $0.type == "demo.\(name)" } }),
            ("monitor", { site.requests.contains { $0.target == "/\(name)" } }),
            ("api", { try await server.postEvent(["type": "demo.posted"]).status == 202 }),
            (
                "pusher",
                {
                    let mark = try await pair.primary.ask("HGET", "{MONITORING_STREAM}:mark", "through")
                    return (Int64(mark) ?? 0) > now
                }
            ),
            ("readyz", { try await server.call("GET", "/readyz").status == 200 }),
        ]
        return try await withThrowingTaskGroup(of: (String, Duration).self) { group in
            for step in steps {
                group.addTask {
                    try await eventually("after \(name), \(step.role) does its work", within: .seconds(30), step.isDone)
                    return (step.role, ContinuousClock.now - start)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }
}

/// Posts one event after the other, and knows which of them were accepted.
final class SteadySender: Sendable {
    private struct State {
        var isPaused = false
        var accepted: Set<String> = []
        var problems: [String] = []
        var isPosting = false
    }

    private let server: TocsinServerUnderTest
    private let state = Mutex(State())

    init(_ server: TocsinServerUnderTest) {
        self.server = server
    }

    /// The ids of the events that were answered 202.
    var accepted: Set<String> { state.withLock { $0.accepted } }

    /// Answers that are neither 202 nor 503, and those that took too long.
    var problems: [String] { state.withLock { $0.problems } }

    /// Posts until it is cancelled.
    func run() async throws {
        while !Task.isCancelled {
            let isPaused = state.withLock { state in
                state.isPosting = !state.isPaused
                return state.isPaused
            }
            if !isPaused { await post() }
            state.withLock { $0.isPosting = false }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Lets no event be on its way while `body` runs.
    func whilePaused(_ body: () async throws -> Void) async throws {
        state.withLock { $0.isPaused = true }
        try await eventually("no event is being posted") { state.withLock { !$0.isPosting } }
        try await body()
        state.withLock { $0.isPaused = false }
    }

    private func post() async {
        let start = ContinuousClock.now
        do {
            let answer = try await server.postEvent(["type": "demo.steady"])
            let duration = ContinuousClock.now - start
            state.withLock { state in
                if answer.status == 202, let id = answer.json["id"]?.string { state.accepted.insert(id) }
                // The contract says two seconds; the machine of the test may be slow.
                if ![202, 503].contains(answer.status) || duration > .seconds(5) {
                    state.problems.append("\(answer.status) after \(duration): \(answer.text)")
                }
            }
        } catch {
            if !Task.isCancelled { state.withLock { $0.problems.append("\(error)") } }
        }
    }
}
