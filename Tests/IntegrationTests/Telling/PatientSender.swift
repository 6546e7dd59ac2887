internal import Notifications
internal import Synchronization
internal import TestSupport

/// Sends events as a client does that must not lose one: each under its own key, again and again until it is accepted.
final class PatientSender: Sendable {
    private struct State {
        var server: TocsinServerUnderTest
        var accepted: [Int: String] = [:]
    }

    private let state: Mutex<State>

    init(_ server: TocsinServerUnderTest) {
        state = Mutex(State(server: server))
    }

    /// Where it sends to now.
    var server: TocsinServerUnderTest {
        get { state.withLock { $0.server } }
        set { state.withLock { $0.server = newValue } }
    }

    /// The ids of what was accepted, by the events' numbers.
    var accepted: [Int: String] { state.withLock { $0.accepted } }

    /// Sends the event of a number until it is accepted.
    func send(_ number: Int) async throws {
        let event: JSON = ["type": "demo.hello", "data": ["n": JSON(number)]]
        while true {
            try Task.checkCancellation()
            // A server that is killed while it answers is what this is about: no answer is no answer.
            let answer = try? await server.postEvent(event, idempotencyKey: "event-\(number)", within: .seconds(5))
            if let answer, answer.status == 202, let id = answer.json["id"]?.string {
                return state.withLock { $0.accepted[number] = id }
            }
            if let answer, answer.status < 500 {
                throw TocsinProcess.Failure("event \(number): \(answer.status) \(answer.text)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
