internal import Logging
internal import Monitoring
internal import Synchronization

/// Keeps the channels at hand, so that no delivery waits for the database.
final class ChannelDirectory: Sendable {
    private struct State {
        var snapshot: ChannelSnapshot?
        /// Channels to be taken out of use as soon as the database takes it.
        var disabling: [ChannelID: String] = [:]
        var problem: String?
        /// When a change was last told of; what was loaded before does not show it.
        var changedAt: Timestamp?
    }

    private static let interval = Duration.seconds(1)

    private let store: any ChannelStore
    private let factory: ChannelFactory
    private let time: any TimeSource
    private let logger: Logger
    private let wake = WakeSignal()
    private let changed: @Sendable () -> Void
    private let state = Mutex(State())

    /// Makes a directory, which calls `changed` after the first load and after every change.
    init(
        store: any ChannelStore,
        factory: ChannelFactory,
        time: any TimeSource,
        logger: Logger,
        changed: @escaping @Sendable () -> Void
    ) {
        self.store = store
        self.factory = factory
        self.time = time
        self.logger = logger
        self.changed = changed
    }

    /// Nil before the first load.
    var snapshot: ChannelSnapshot? { state.withLock { $0.snapshot } }

    /// Why the channels could not be loaded the last time.
    var problem: String? { state.withLock { $0.problem } }

    /// Takes note that a channel has changed: nothing is routed by what was loaded before.
    func refresh() {
        let now = time.now()
        state.withLock { $0.changedAt = now }
        wake.signal()
    }

    /// Why a channel is being taken out of use, before the database has it.
    func reasonForDisabling(_ id: ChannelID) -> String? { state.withLock { $0.disabling[id] } }

    /// Takes a channel out of use, now here and as soon as possible in the database.
    func disable(_ id: ChannelID, reason: String) {
        state.withLock { $0.disabling[id] = reason }
        wake.signal()
    }

    /// Loads the channels each second, or when told, until cancelled.
    func run() async {
        while !Task.isCancelled {
            await load()
            do { try await wake.wait(upTo: Self.interval, time: time) } catch { return }
        }
    }

    /// The channels as they were at a moment or later; nil where they can't be loaded now.
    func snapshot(notOlderThan moment: Timestamp) async -> ChannelSnapshot? {
        let moment = state.withLock { $0.changedAt.map { max($0, moment) } ?? moment }
        // What was loaded within the same millisecond may have been loaded just before.
        if let snapshot, snapshot.loadedAt > moment { return snapshot }
        await load()
        return snapshot.flatMap { $0.loadedAt >= moment ? $0 : nil }
    }

    /// Loads the channels once.
    func load() async {
        do {
            let disabling = state.withLock { $0.disabling }
            for (id, reason) in disabling {
                do {
                    try await store.disable(id, reason: reason)
                    logger.warning("a channel was disabled", metadata: ["channel": "\(id)", "reason": "\(reason)"])
                } catch let error as StoreError where error.code == .notFound {
                    // Deleted meanwhile: out of use all the more.
                }
            }
            // Taken before they are read: what is added meanwhile may be missing.
            let now = time.now()
            let registered = try await store.channels()
            let previous = state.withLock { $0.snapshot }
            let factory = factory
            let snapshot = ChannelSnapshot(registered, loadedAt: now, previous: previous) {
                settings throws(FieldProblem) in try factory.channel(settings)
            }
            let hasChanged = previous.map { $0.channels != snapshot.channels } ?? true
            let hadProblem = state.withLock { state in
                defer { state.problem = nil }
                // Two loads may overlap, and end in the other order.
                if state.snapshot.map({ $0.loadedAt <= now }) ?? true { state.snapshot = snapshot }
                // Not before the snapshot shows it: in between nothing would.
                for id in disabling.keys { state.disabling[id] = nil }
                return state.problem != nil
            }
            if hadProblem { logger.info("the channels can be loaded again") }
            if hasChanged { changed() }
        } catch is CancellationError {
            return
        } catch {
            let text = "The channels can't be loaded: \(error)"
            let isNew = state.withLock { state in
                defer { state.problem = text }
                return state.problem == nil
            }
            if isNew { logger.warning("the channels can't be loaded", metadata: ["error": "\(error)"]) }
        }
    }
}
