package import NIOCore
package import Networking
internal import Synchronization

/// Answers names with what a test says, a new answer each time, and counts the questions.
package final class StubResolver: HostResolver {
    /// What a name resolves to: a list of addresses a question, of which the last stays.
    package typealias Answers = [String: [Result<[String], ResolutionError>]]

    private struct State {
        var answers: Answers
        var questions: [String] = []
    }

    private let state: Mutex<State>

    package init(_ answers: Answers) {
        state = Mutex(State(answers: answers))
    }

    /// Each name has the same addresses for ever.
    package convenience init(addresses: [String: [String]]) {
        self.init(addresses.mapValues { [.success($0)] })
    }

    /// The names that were asked for, in order.
    package var questions: [String] { state.withLock { $0.questions } }

    package func resolve(_ host: String, deadline: NIODeadline) async throws(ResolutionError) -> Resolution {
        let answer = state.withLock { state -> Result<[String], ResolutionError> in
            state.questions.append(host)
            guard let answers = state.answers[host], let answer = answers.first else {
                return .failure(ResolutionError(.noSuchHost, host: host))
            }
            if answers.count > 1 { state.answers[host] = Array(answers.dropFirst()) }
            return answer
        }
        return Resolution(addresses: try answer.get().compactMap { IPAddress($0) }, duration: .milliseconds(1))
    }
}
