internal import Logging
internal import Monitoring
internal import Synchronization

/// Keeps the channels at hand, so that no delivery waits for the database.
final class ChannelDirectory: Sendable {
    private struct Waiter {
        /// A load that began later than this will do.
        let moment: Timestamp
        /// How many loads had begun; the next will do even if it begins in the same millisecond.
        let loads: Int
        let continuation: CheckedContinuation<ChannelSnapshot?, Never>
    }

    private struct State {
        var snapshot: ChannelSnapshot?
        var waiters: [Waiter] = []
        /// How many loads have begun, when the last one has, and whether it is under way.
        var loads = 0
        var begunAt: Timestamp?
        var isLoading = false
        /// Whether nothing is loaded any more.
        var hasEnded = false
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
        defer { end() }
        while !Task.isCancelled {
            let (number, now) = begin()
            answer(number, now, with: await load(at: now))
            do { try await wake.wait(upTo: Self.interval, time: time) } catch { return }
        }
    }

    /// Begins to load the channels where they are older than a moment, for whoever is about to ask for them.
    func prepare(notOlderThan moment: Timestamp) {
        if state.withLock({ $0.begunAt.map { $0 <= moment } ?? true }) { wake.signal() }
    }

    /// The channels as they were at a moment or later; nil where they can't be loaded now.
    func snapshot(notOlderThan moment: Timestamp) async -> ChannelSnapshot? {
        let moment = state.withLock { $0.changedAt.map { max($0, moment) } ?? moment }
        // What was loaded within the same millisecond may have been loaded just before.
        if let snapshot, snapshot.loadedAt > moment { return snapshot }
        return await withCheckedContinuation { continuation in
            let (hasEnded, isOnItsWay) = state.withLock { state in
                guard !state.hasEnded else { return (true, false) }
                state.waiters.append(Waiter(moment: moment, loads: state.loads, continuation: continuation))
                return (false, state.isLoading && state.begunAt.map { $0 > moment } ?? false)
            }
            if hasEnded {
                continuation.resume(returning: nil)
            } else if !isOnItsWay {
                wake.signal()
            }
        }
    }

    private func begin() -> (number: Int, at: Timestamp) {
        // Taken before they are read: what is added meanwhile may be missing.
        let now = time.now()
        return state.withLock { state in
            state.loads += 1
            state.begunAt = now
            state.isLoading = true
            return (state.loads, now)
        }
    }

    /// Answers those whom this load tells enough.
    private func answer(_ number: Int, _ begunAt: Timestamp, with snapshot: ChannelSnapshot?) {
        let waiters = state.withLock { state in
            state.isLoading = false
            func isEnough(_ waiter: Waiter) -> Bool { begunAt > waiter.moment || number > waiter.loads }
            defer { state.waiters.removeAll(where: isEnough) }
            return state.waiters.filter(isEnough)
        }
        for waiter in waiters { waiter.continuation.resume(returning: snapshot) }
    }

    private func end() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.hasEnded = true
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }

    /// Loads the channels once; nil where they can't be.
    private func load(at now: Timestamp) async -> ChannelSnapshot? {
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
            let registered = try await store.channels()
            let previous = state.withLock { $0.snapshot }
            let factory = factory
            let snapshot = ChannelSnapshot(registered, loadedAt: now, previous: previous) {
                settings throws(FieldProblem) in try factory.channel(settings)
            }
            let hasChanged = previous.map { $0.channels != snapshot.channels } ?? true
            let hadProblem = state.withLock { state in
                defer { state.problem = nil }
                state.snapshot = snapshot
                // Not before the snapshot shows it: in between nothing would.
                for id in disabling.keys { state.disabling[id] = nil }
                return state.problem != nil
            }
            if hadProblem { logger.info("the channels can be loaded again") }
            if hasChanged { changed() }
            return snapshot
        } catch is CancellationError {
            return nil
        } catch {
            let text = "The channels can't be loaded: \(error)"
            let isNew = state.withLock { state in
                defer { state.problem = text }
                return state.problem == nil
            }
            if isNew { logger.warning("the channels can't be loaded", metadata: ["error": "\(error)"]) }
            return nil
        }
    }
}
