internal import Monitoring
internal import Notifications
internal import Synchronization

/// Finds tokens by the hash of their secret, asking the store at most once in a few seconds for each.
///
/// A token that is revoked elsewhere is refused after ``lifetime`` at the latest. Only tokens that exist are remembered,
/// so that wrong guesses can't push them out.
final class TokenCache: Sendable {
    /// How long an answer is trusted.
    static let lifetime = Duration.seconds(5)
    private static let capacity = 1_024

    private struct Entry {
        let token: AccessToken
        let until: Timestamp
    }

    private let store: any TokenStore
    private let time: any TimeSource
    private let entries = Mutex<[String: Entry]>([:])

    init(store: any TokenStore, time: any TimeSource) {
        self.store = store
        self.time = time
    }

    func token(hash: String) async throws -> AccessToken? {
        let now = time.now()
        if let entry = entries.withLock({ $0[hash] }), now < entry.until { return entry.token }
        let found = try await store.token(hash: hash)
        entries.withLock { entries in
            guard let found else {
                entries[hash] = nil
                return
            }
            if entries.count >= Self.capacity {
                entries = entries.filter { now < $0.value.until }
                if entries.count >= Self.capacity { entries = [:] }
            }
            entries[hash] = Entry(token: found, until: now + Self.lifetime)
        }
        return found
    }

    /// Asks the store anew for every token, because one was revoked here.
    func forgetAll() {
        entries.withLock { $0 = [:] }
    }
}
