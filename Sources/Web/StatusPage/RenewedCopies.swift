internal import Monitoring

/// Keeps what is made of the database for strangers, and makes each anew at most every so often however many ask.
actor RenewedCopies<Key: Hashable & Sendable, Value: Sendable> {
    private struct Entry {
        let value: Value
        let madeAt: Timestamp
    }

    private let lifetime: Duration
    private let most: Int
    private let time: any TimeSource
    private var entries: [Key: Entry] = [:]
    private var renewing: Set<Key> = []

    /// - Parameters:
    ///   - lifetime: How long a copy is good.
    ///   - most: How many are kept.
    ///   - time: The clock.
    init(lifetime: Duration, most: Int, time: any TimeSource) {
        self.lifetime = lifetime
        self.most = most
        self.time = time
    }

    /// The copy of a key; while one request renews it, the others get the one before.
    func value(
        of key: Key,
        make: @concurrent @Sendable (_ now: Timestamp) async throws -> Value
    ) async throws -> Value {
        let now = time.now()
        if let entry = entries[key], renewing.contains(key) || isGood(entry, at: now) { return entry.value }
        renewing.insert(key)
        defer { renewing.remove(key) }
        let value = try await make(now)
        if entries[key] == nil, entries.count >= most,
            let oldest = entries.min(by: { $0.value.madeAt < $1.value.madeAt })
        {
            entries[oldest.key] = nil
        }
        entries[key] = Entry(value: value, madeAt: now)
        return value
    }

    private func isGood(_ entry: Entry, at now: Timestamp) -> Bool {
        entry.madeAt <= now && now < entry.madeAt + lifetime
    }
}
