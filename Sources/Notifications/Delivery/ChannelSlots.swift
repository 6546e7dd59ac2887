internal import Monitoring

/// Which channels may be sent to now, and how often, by their caps, pauses and circuits.
struct ChannelSlots: Sendable {
    private struct Entry {
        var busy = 0
        var window: SendWindow
        var breaker = CircuitBreaker()
        var pausedUntil: Timestamp?
        /// Until when no event waits in hand for a slot here, since one has waited too long.
        var slowUntil: Timestamp?
        var revision: Int
    }

    /// Whether and how one channel may be sent to.
    enum Permission: Equatable {
        case slots(Int)
        /// None before a moment.
        case wait(until: Timestamp)
    }

    private let cap: Int
    private var entries: [ChannelID: Entry] = [:]

    init(cap: Int) {
        self.cap = cap
    }

    /// How many more attempts may start at a channel.
    func permission(_ id: ChannelID, at now: Timestamp) -> Permission {
        guard let entry = entries[id] else { return .slots(SendWindow(cap: cap).size) }
        if let until = entry.pausedUntil, until > now { return .wait(until: until) }
        switch entry.breaker.allowance(at: now) {
        case .all: return .slots(max(0, entry.window.size - entry.busy))
        case .oneProbe: return .slots(max(0, 1 - entry.busy))
        case .none(let until): return .wait(until: until)
        }
    }

    /// Whether an event may go to a channel without being stored first.
    enum Directness {
        case now
        /// The channel works and has no slot just now.
        case soon
        case no
    }

    /// Whether an event may go to the channel without being stored first: it works as far as is known.
    func directness(_ id: ChannelID, at now: Timestamp) -> Directness {
        guard let entry = entries[id] else { return .now }
        if let until = entry.pausedUntil, until > now { return .no }
        guard entry.breaker.allowance(at: now) == .all else { return .no }
        let size = entry.window.size
        // One slot is left to what is stored, such as retries, however many events come.
        if entry.busy < max(1, size - 1) { return .now }
        if let until = entry.slowUntil, until > now { return .no }
        return size > 1 ? .soon : .no
    }

    /// Lets no event wait in hand for the channel for a while.
    mutating func isSlow(_ id: ChannelID, until moment: Timestamp) { entries[id]?.slowUntil = moment }

    mutating func start(_ channel: RegisteredChannel) {
        var entry = entries[channel.id] ?? Entry(window: SendWindow(cap: cap), revision: channel.revision)
        entry.busy += 1
        entries[channel.id] = entry
    }

    /// Frees the slot of an attempt that has ended.
    mutating func free(_ id: ChannelID) {
        guard let busy = entries[id]?.busy else { return }
        entries[id]?.busy = max(0, busy - 1)
    }

    /// Counts what an attempt has come to.
    ///
    /// - Returns: For how long the circuit has just opened.
    mutating func record(_ outcome: SendOutcome, at id: ChannelID, now: Timestamp) -> Duration? {
        let succeeded: Bool
        switch outcome.verdict {
        case .delivered, .refused:
            succeeded = true
            entries[id]?.window.succeeded()
        case .failed: succeeded = false
        // Neither tells whether the receiver works.
        case .limited:
            entries[id]?.window.limited()
            return nil
        case .gone: return nil
        }
        return entries[id]?.breaker.record(succeeded: succeeded, at: now)
    }

    /// The channels that mostly fail, until an attempt succeeds.
    var openCircuits: [ChannelID] { entries.filter { $0.value.breaker.isOpen }.map(\.key) }

    mutating func pause(_ id: ChannelID, until moment: Timestamp) {
        guard let entry = entries[id] else { return }
        entries[id]?.pausedUntil = max(entry.pausedUntil ?? moment, moment)
    }

    /// Leaves a channel alone that may never have been sent to from here.
    mutating func pause(_ channel: RegisteredChannel, until moment: Timestamp) {
        if entries[channel.id] == nil {
            entries[channel.id] = Entry(window: SendWindow(cap: cap), revision: channel.revision)
        }
        pause(channel.id, until: moment)
    }

    /// Forgets channels that are gone, and the failures of those that have other settings now.
    mutating func update(_ channels: [ChannelID: RegisteredChannel]) {
        entries = entries.filter { channels[$0.key] != nil || $0.value.busy > 0 }
        for (id, entry) in entries {
            guard let revision = channels[id]?.revision, revision != entry.revision else { continue }
            entries[id] = Entry(busy: entry.busy, window: SendWindow(cap: cap), revision: revision)
        }
    }
}
