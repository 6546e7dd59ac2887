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
    private var making: [Key: Task<Value, any Error>] = [:]

    /// - Parameters:
    ///   - lifetime: How long a copy is good.
    ///   - most: How many are kept.
    ///   - time: The clock.
    init(lifetime: Duration, most: Int, time: any TimeSource) {
        self.lifetime = lifetime
        self.most = most
        self.time = time
    }

    /// The copy of a key; while one request renews it, the others get the one before, or wait where there is none.
    func value(
        of key: Key,
        make: @escaping @concurrent @Sendable (_ now: Timestamp) async throws -> Value
    ) async throws -> Value {
        let now = time.now()
        if let entry = entries[key], making[key] != nil || isGood(entry, at: now) { return entry.value }
        if let first = making[key] { return try await first.value }
        let task = Task { try await make(now) }
        making[key] = task
        defer { making[key] = nil }
        let value = try await task.value
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
