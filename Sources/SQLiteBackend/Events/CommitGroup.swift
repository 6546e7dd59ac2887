/// Lets many callers share one commit, and with it one wait for the disk.
///
/// Whoever comes while nobody commits does so at once, for itself and for all who wait; who comes meanwhile waits for the
/// next commit. Nobody leads twice for others, so that no caller serves for ever.
actor CommitGroup<Input: Sendable, Output: Sendable> {
    private enum Turn: Sendable {
        case done(Output)
        case lead
    }

    private struct Waiter {
        let input: Input
        let continuation: CheckedContinuation<Turn, any Error>
    }

    /// Does all of it in one transaction, and answers for each in their order.
    private let commit: @Sendable ([Input]) async throws -> [Output]
    private let most: Int
    private var isCommitting = false
    private var waiters: [Waiter] = []

    /// How many wait for a commit to come.
    var waitingCount: Int { waiters.count }

    /// Makes a group of which at most `most` go into one commit.
    init(most: Int, commit: @escaping @Sendable ([Input]) async throws -> [Output]) {
        self.most = most
        self.commit = commit
    }

    func submit(_ input: Input) async throws -> Output {
        if isCommitting {
            let turn = try await withCheckedThrowingContinuation {
                waiters.append(Waiter(input: input, continuation: $0))
            }
            if case .done(let output) = turn { return output }
        }
        isCommitting = true
        // Others who have run in between are in `waiters`, in order; this one comes first.
        let followers = Array(waiters.prefix(most - 1))
        waiters.removeFirst(followers.count)
        defer { passOn() }
        do {
            let outputs = try await commit([input] + followers.map(\.input))
            for (follower, output) in zip(followers, outputs.dropFirst()) {
                follower.continuation.resume(returning: .done(output))
            }
            return outputs[0]
        } catch {
            for follower in followers { follower.continuation.resume(throwing: error) }
            throw error
        }
    }

    private func passOn() {
        guard waiters.isEmpty else {
            waiters.removeFirst().continuation.resume(returning: .lead)
            return
        }
        isCommitting = false
    }
}
