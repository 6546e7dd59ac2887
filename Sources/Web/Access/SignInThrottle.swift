internal import Monitoring
internal import Synchronization

/// Bounds how often one address may try to sign in.
final class SignInThrottle: Sendable {
    /// Failed attempts that an address has within ``window``.
    static let attempts = 10
    static let window = Duration.seconds(300)
    private static let capacity = 4_096

    private struct Record {
        var failures: Int
        let until: Timestamp
    }

    private let time: any TimeSource
    private let records = Mutex<[String: Record]>([:])

    init(time: any TimeSource) {
        self.time = time
    }

    /// How long the address has to wait; nil where it may try now.
    func wait(for address: String) -> Duration? {
        let now = time.now()
        return records.withLock { records in
            guard let record = records[address], now < record.until, record.failures >= Self.attempts else {
                return nil
            }
            return record.until - now
        }
    }

    /// Counts a failed attempt.
    func recordFailure(of address: String) {
        let now = time.now()
        records.withLock { records in
            if let record = records[address], now < record.until {
                records[address]?.failures = record.failures + 1
                return
            }
            if records.count >= Self.capacity { records = records.filter { now < $0.value.until } }
            // With so many addresses at once, the newest share one record rather than take ever more memory.
            let key = records.count >= Self.capacity ? "" : address
            let failures = records[key].map(\.failures) ?? 0
            records[key] = Record(failures: failures + 1, until: now + Self.window)
        }
    }

    /// Forgets the failures of an address that has signed in.
    func recordSuccess(of address: String) {
        records.withLock { $0[address] = nil }
    }
}
