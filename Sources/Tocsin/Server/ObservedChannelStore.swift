internal import Monitoring
internal import Notifications
internal import Synchronization

/// The channels, which also tell this process's notifier of each change at once, so that the next event goes by it.
///
/// Another process's notifier sees a change within a tenth of a second.
final class ObservedChannelStore: ChannelStore {
    private let store: any ChannelStore
    private let observers = Mutex<[@Sendable () -> Void]>([])

    init(_ store: any ChannelStore) {
        self.store = store
    }

    /// Calls `observer` after each change.
    func observe(_ observer: @escaping @Sendable () -> Void) {
        observers.withLock { $0.append(observer) }
    }

    func add(_ settings: ChannelSettings, by author: Author) async throws -> RegisteredChannel {
        try await changing { try await store.add(settings, by: author) }
    }

    func update(
        _ id: ChannelID,
        to settings: ChannelSettings,
        revision: Int?,
        by author: Author
    ) async throws -> RegisteredChannel {
        try await changing { try await store.update(id, to: settings, revision: revision, by: author) }
    }

    func remove(_ id: ChannelID, by author: Author) async throws {
        try await changing { try await store.remove(id, by: author) }
    }

    func disable(_ id: ChannelID, reason: String) async throws {
        try await store.disable(id, reason: reason)
    }

    func channels() async throws -> [RegisteredChannel] { try await store.channels() }

    func channel(_ id: ChannelID) async throws -> RegisteredChannel? { try await store.channel(id) }

    private func changing<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        let result = try await body()
        for observer in observers.withLock({ $0 }) { observer() }
        return result
    }
}
